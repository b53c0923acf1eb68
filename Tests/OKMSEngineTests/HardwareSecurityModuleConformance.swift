import Locking
import Dispatch
import LibCrypto
import OKMS
import OKMSConformance
import Testing

@testable import OKMSEngine

/// What every hardware security module does, in software or not.
@Suite struct HardwareSecurityModuleConformance {
    private let key: KeyID
    private let label = Array("additional".utf8)

    init() throws { key = try .random() }

    @Test(.enabled(if: SoftHSM.isThere, SoftHSM.reasonToSkip))
    func `a token of SoftHSM is among the modules`() {
        #expect(HSMConformer.all.contains { $0.testDescription == "SoftHSM" })
    }

    @Test(arguments: HSMConformer.all, [1, 32, 4096])
    func `what is encrypted is decrypted`(conformer: HSMConformer, count: Int) throws {
        try conformer.withHSM { hsm in
            let material = try hsm.makeMaterial(for: key, version: 1)
            let text = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
            for additional in [label, []] {
                let sealed = try hsm.encrypt(
                    secret(text), with: material, additionalData: additional.span)
                #expect(sealed.iv.count == hsm.ivByteCount)
                #expect(sealed.ciphertext.count == count && sealed.tag.count == 16)
                let opened = try hsm.decrypt(
                    sealed, with: material, additionalData: additional.span)
                #expect(bytes(opened) == text)
            }
            try hsm.destroyMaterial(material)
        }
    }

    @Test(arguments: HSMConformer.all)
    func `no IV is used twice`(conformer: HSMConformer) throws {
        try conformer.withHSM { hsm in
            let material = try hsm.makeMaterial(for: key, version: 1)
            var ivs: Set<[UInt8]> = []
            for _ in 0..<200 {
                let sealed = try hsm.encrypt(
                    secret([7]), with: material, additionalData: label.span)
                #expect(ivs.insert(sealed.iv).inserted)
            }
            try hsm.destroyMaterial(material)
        }
    }

    @Test(arguments: HSMConformer.all)
    func `anything altered cannot be decrypted`(conformer: HSMConformer) throws {
        try conformer.withHSM { hsm in
            let material = try hsm.makeMaterial(for: key, version: 1)
            let sealed = try hsm.encrypt(secret(1...5), with: material, additionalData: label.span)
            let (iv, text, tag) = (sealed.iv, sealed.ciphertext, sealed.tag)
            let altered = [
                SealedBytes(iv: iv.reversed(), ciphertext: text, tag: tag),
                SealedBytes(iv: iv, ciphertext: text.map { $0 ^ 1 }, tag: tag),
                SealedBytes(iv: iv, ciphertext: text, tag: tag.reversed()),
                SealedBytes(iv: iv + [0, 0, 0, 0], ciphertext: text, tag: tag),
                SealedBytes(iv: Array(iv.dropLast(4)), ciphertext: text, tag: tag),
                SealedBytes(iv: [], ciphertext: text, tag: tag),
                SealedBytes(iv: iv, ciphertext: text, tag: Array(tag.prefix(4))),
                SealedBytes(iv: iv, ciphertext: text, tag: []),
                SealedBytes(iv: iv, ciphertext: [], tag: tag),
                SealedBytes(iv: iv, ciphertext: text + [0], tag: tag),
            ]
            for sealed in altered {
                #expect(throws: HSMError.cannotDecrypt) {
                    _ = try hsm.decrypt(sealed, with: material, additionalData: label.span)
                }
            }
            #expect(throws: HSMError.cannotDecrypt) {
                _ = try hsm.decrypt(sealed, with: material, additionalData: [UInt8]().span)
            }
            #expect(
                bytes(try hsm.decrypt(sealed, with: material, additionalData: label.span))
                    == Array(1...5))
            try hsm.destroyMaterial(material)
        }
    }

    @Test(arguments: HSMConformer.all)
    func `versions of a key are apart`(conformer: HSMConformer) throws {
        try conformer.withHSM { hsm in
            let one = try hsm.makeMaterial(for: key, version: 1)
            let two = try hsm.makeMaterial(for: key, version: 2)
            #expect(one.token != two.token)
            let sealed = try hsm.encrypt(secret([1]), with: one, additionalData: label.span)
            #expect(throws: HSMError.cannotDecrypt) {
                _ = try hsm.decrypt(sealed, with: two, additionalData: label.span)
            }
            try hsm.destroyMaterial(two)
            #expect(bytes(try hsm.decrypt(sealed, with: one, additionalData: label.span)) == [1])
            try hsm.destroyMaterial(one)
        }
    }

    @Test(arguments: HSMConformer.all)
    func `a token belongs to its key and version alone`(conformer: HSMConformer) throws {
        try conformer.withHSM { hsm in
            let material = try hsm.makeMaterial(for: key, version: 1)
            let token = material.token
            var refused = try [
                KeyMaterial(key: .random(), version: 1, token: token),
                KeyMaterial(key: key, version: 2, token: token),
                KeyMaterial(key: key, version: 1, token: token + [0]),
            ]
            refused += token.indices.map {
                KeyMaterial(key: key, version: 1, token: Array(token.prefix($0)))
            }
            refused += token.indices.map {
                var altered = token
                altered[$0] ^= 0x80
                return KeyMaterial(key: key, version: 1, token: altered)
            }
            for other in refused {
                #expect(throws: HSMError.unusableMaterial) {
                    _ = try hsm.encrypt(secret([1]), with: other, additionalData: label.span)
                }
            }
            try hsm.destroyMaterial(material)
        }
    }

    @Test(arguments: HSMConformer.all)
    func `material is destroyed once and for all, and asking again is no error`(
        conformer: HSMConformer
    ) throws {
        try conformer.withHSM { hsm in
            let material = try hsm.makeMaterial(for: key, version: 1)
            let sealed = try hsm.encrypt(secret([1]), with: material, additionalData: label.span)
            try hsm.destroyMaterial(material)
            try hsm.destroyMaterial(material)
            guard conformer.keepsMaterial else { return }
            #expect(throws: HSMError.unusableMaterial) {
                _ = try hsm.decrypt(sealed, with: material, additionalData: label.span)
            }
            #expect(throws: HSMError.unusableMaterial) {
                _ = try hsm.encrypt(secret([1]), with: material, additionalData: label.span)
            }
        }
    }

    @Test(arguments: HSMConformer.all)
    func `many threads may call at once`(conformer: HSMConformer) throws {
        try conformer.withHSM { hsm in
            let material = try hsm.makeMaterial(for: key, version: 1)
            let label = label
            let failures = Monitor<[String]>([])
            DispatchQueue.concurrentPerform(iterations: 24) { thread in
                do {
                    for i in UInt8(1)...20 {
                        let text = [UInt8(thread), i]
                        let sealed = try hsm.encrypt(
                            secret(text), with: material, additionalData: label.span)
                        let opened = try hsm.decrypt(
                            sealed, with: material, additionalData: label.span)
                        if bytes(opened) != text { failures.update { $0.append("mixed up") } }
                    }
                } catch {
                    failures.update { $0.append("\(error)") }
                }
            }
            #expect(failures.read { $0 } == [])
            try hsm.destroyMaterial(material)
        }
    }

    @Test(arguments: HSMConformer.all)
    func `many threads may make and destroy material at once`(conformer: HSMConformer) throws {
        try conformer.withHSM { hsm in
            let (key, label) = (key, label)
            let failures = Monitor<[String]>([])
            DispatchQueue.concurrentPerform(iterations: 8) { thread in
                do {
                    for version in UInt32(1)...10 {
                        let material = try hsm.makeMaterial(for: key, version: version)
                        _ = try hsm.encrypt(
                            secret([1]), with: material, additionalData: label.span)
                        try hsm.destroyMaterial(material)
                    }
                } catch {
                    failures.update { $0.append("\(error)") }
                }
            }
            #expect(failures.read { $0 } == [])
        }
    }
}

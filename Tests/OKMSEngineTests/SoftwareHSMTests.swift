import LibCrypto
import OKMS
import OKMSConformance
import Testing

@testable import OKMSEngine

@Suite struct SoftwareHSMTests {
    private let hsm: SoftwareHSM
    private let key: KeyID
    private let label = Array("additional".utf8)

    init() throws {
        hsm = try SoftwareHSM(rootKey: .random(count: 32), name: "test")
        key = try .random()
    }

    @Test func `material encrypts and decrypts under an IV that is given back`() throws {
        let material = try hsm.makeMaterial(for: key, version: 1)
        let one = try hsm.encrypt(secret(1...5), with: material, additionalData: label.span)
        let other = try hsm.encrypt(secret(1...5), with: material, additionalData: label.span)
        #expect(one.iv.count == hsm.ivByteCount && one.ciphertext.count == 5)
        #expect(one.iv != other.iv && one.ciphertext != other.ciphertext)
        let opened = try hsm.decrypt(one, with: material, additionalData: label.span)
        #expect(bytes(opened) == Array(1...5))
    }

    @Test func `anything altered cannot be decrypted`() throws {
        let material = try hsm.makeMaterial(for: key, version: 1)
        let sealed = try hsm.encrypt(secret(1...5), with: material, additionalData: label.span)
        let (iv, text, tag) = (sealed.iv, sealed.ciphertext, sealed.tag)
        let altered = [
            SealedBytes(iv: iv.reversed(), ciphertext: text, tag: tag),
            SealedBytes(iv: iv, ciphertext: text.map { $0 ^ 1 }, tag: tag),
            SealedBytes(iv: iv, ciphertext: text, tag: tag.reversed()),
            SealedBytes(iv: iv + [0, 0, 0, 0], ciphertext: text, tag: tag),
            SealedBytes(iv: iv, ciphertext: text, tag: Array(tag.prefix(4))),
            SealedBytes(iv: iv, ciphertext: [], tag: tag),
        ]
        for sealed in altered {
            #expect(throws: HSMError.cannotDecrypt) {
                _ = try hsm.decrypt(sealed, with: material, additionalData: label.span)
            }
        }
        #expect(throws: HSMError.cannotDecrypt) {
            _ = try hsm.decrypt(sealed, with: material, additionalData: [UInt8]().span)
        }
        let otherMaterial = try hsm.makeMaterial(for: key, version: 2)
        #expect(throws: HSMError.cannotDecrypt) {
            _ = try hsm.decrypt(sealed, with: otherMaterial, additionalData: label.span)
        }
    }

    @Test func `sealed material is bound to its key, its version and the root key`() throws {
        let material = try hsm.makeMaterial(for: key, version: 1)
        let other = try SoftwareHSM(rootKey: .random(count: 32), name: "other")
        let otherKey = try KeyID.random()
        let token = material.token
        #expect(token.count == SoftwareHSM.tokenByteCount)
        func refused(by hsm: SoftwareHSM, _ material: KeyMaterial) {
            #expect(throws: HSMError.unusableMaterial) {
                _ = try hsm.encrypt(secret([1]), with: material, additionalData: label.span)
            }
        }
        refused(by: hsm, KeyMaterial(key: otherKey, version: 1, token: token))
        refused(by: hsm, KeyMaterial(key: key, version: 2, token: token))
        refused(by: other, material)
        for count in 0..<token.count {
            refused(by: hsm, KeyMaterial(key: key, version: 1, token: Array(token.prefix(count))))
        }
        for index in token.indices {
            var altered = token
            altered[index] ^= 0x80
            refused(by: hsm, KeyMaterial(key: key, version: 1, token: altered))
        }
    }

    @Test func `the identity belongs to the root key and does not show it`() throws {
        let root = Array(UInt8(0)...31)
        let one = try SoftwareHSM(rootKey: secret(root), name: "one")
        let same = try SoftwareHSM(rootKey: secret(root), name: "same")
        #expect(one.identity == same.identity)
        #expect(one.identity != hsm.identity)
        #expect(one.identity != root)
        let material = try one.makeMaterial(for: key, version: 1)
        let sealed = try one.encrypt(secret([9]), with: material, additionalData: label.span)
        let opened = try same.decrypt(sealed, with: material, additionalData: label.span)
        #expect(bytes(opened) == [9])
    }
}

import Locking
import Dispatch
import Foundation
import LibCrypto
import OKMS
import OKMSConformance
import Testing

@testable import OKMSEngine

/// What happens when a token, or the way to it, fails.
@Suite struct PKCS11FaultTests {
    private let key: KeyID
    private let label = Array("additional".utf8)

    init() throws { key = try .random() }

    private func check(_ hsm: PKCS11HSM, _ material: KeyMaterial) throws {
        let sealed = try hsm.encrypt(secret(1...5), with: material, additionalData: label.span)
        let opened = try hsm.decrypt(sealed, with: material, additionalData: label.span)
        #expect(bytes(opened) == Array(1...5))
    }

    @Test(arguments: [FakeModule.Knob.lost, .finalized])
    func `a connection that is lost is made anew`(knob: FakeModule.Knob) throws {
        try FakeModule.with { fake in
            let hsm = try PKCS11HSM(fake.configuration())
            let material = try hsm.makeMaterial(for: key, version: 1)
            for _ in 0..<3 {
                fake.set(knob, 1)
                try check(hsm, material)
                fake.set(knob, 1)
                _ = try hsm.makeMaterial(for: key, version: 2)
            }
            #expect(fake.get(.logins) == 7)
            #expect(fake.get(.openSessions) == 2)
        }
    }

    @Test(arguments: [UInt(0x30), 0x32, 0xb0, 0xb3, 0xe0, 0x101])
    func `a call that fails for want of a token is repeated once`(code: UInt) throws {
        try FakeModule.with { fake in
            let hsm = try PKCS11HSM(fake.configuration())
            let material = try hsm.makeMaterial(for: key, version: 1)
            for function in [FakeModule.Function.encryptInit, .encrypt, .decryptInit, .decrypt] {
                fake.fail(function, with: code)
                try check(hsm, material)
            }
            fake.fail(.generate, with: code)
            _ = try hsm.makeMaterial(for: key, version: 2)
            fake.fail(.encrypt, with: code, times: 99)
            #expect(throws: HSMError.self) { try check(hsm, material) }
            fake.fail(.encrypt, with: code, times: 0)
            try check(hsm, material)
        }
    }

    @Test func `handles that have changed are looked up again`() throws {
        try FakeModule.with { fake in
            let hsm = try PKCS11HSM(fake.configuration())
            let material = try hsm.makeMaterial(for: key, version: 1)
            try check(hsm, material)
            for code: UInt in [0x60, 0x82] {
                fake.fail(.encryptInit, with: code)
                try check(hsm, material)
            }
            #expect(fake.get(.logins) == 1)
        }
    }

    @Test func `a session with an operation that has not ended is replaced`() throws {
        try FakeModule.with { fake in
            let hsm = try PKCS11HSM(fake.configuration())
            let material = try hsm.makeMaterial(for: key, version: 1)
            fake.fail(.encryptInit, with: 0x90)
            try check(hsm, material)
            #expect(fake.get(.openSessions) == 2)
            #expect(fake.get(.logins) == 1)
        }
    }

    @Test func `any other failure is told by its name and leaves nothing behind`() throws {
        try FakeModule.with { fake in
            let hsm = try PKCS11HSM(fake.configuration())
            let material = try hsm.makeMaterial(for: key, version: 1)
            let failed = HSMError.failed("C_Encrypt answered CKR_HOST_MEMORY (0x2)")
            for _ in 0..<10 {
                fake.fail(.encrypt, with: 0x2)
                #expect(throws: failed) { try check(hsm, material) }
            }
            try check(hsm, material)
            #expect(fake.get(.openSessions) == 2)
        }
    }

    @Test(arguments: [UInt(0x5), 0x6, 0x20, 0x40, 0x41, 0x42, 0xc0])
    func `a wrong tag is told from a token that decrypts nothing`(code: UInt) throws {
        try FakeModule.with { fake in
            fake.set(.tagAnswer, code)
            let hsm = try PKCS11HSM(fake.configuration())
            let material = try hsm.makeMaterial(for: key, version: 1)
            let sealed = try hsm.encrypt(secret([1]), with: material, additionalData: label.span)
            #expect(throws: HSMError.cannotDecrypt) {
                _ = try hsm.decrypt(sealed, with: material, additionalData: [UInt8]().span)
            }
            #expect(fake.get(.logins) == 1)
            fake.fail(.decrypt, with: code, times: 2)
            #expect(
                bytes(try hsm.decrypt(sealed, with: material, additionalData: label.span)) == [1])
            #expect(fake.get(.logins) == 2)
            fake.fail(.decrypt, with: code, times: 99)
            #expect {
                _ = try hsm.decrypt(sealed, with: material, additionalData: label.span)
            } throws: {
                if case HSMError.failed = $0 { true } else { false }
            }
        }
    }

    @Test func `a token that is back with another serial number is another token`() throws {
        try FakeModule.with { fake in
            let hsm = try PKCS11HSM(fake.configuration())
            let material = try hsm.makeMaterial(for: key, version: 1)
            fake.set(.serial, 2)
            fake.set(.lost, 1)
            #expect(throws: HSMError.self) { try check(hsm, material) }
            #expect(try PKCS11HSM(fake.configuration()).identity != hsm.identity)
            fake.set(.serial, 1)
            try check(hsm, material)
        }
    }

    @Test(arguments: [0, 1] as [UInt])
    func `no more sessions are opened than the token allows`(saysMaximum: UInt) throws {
        try FakeModule.with { fake in
            fake.set(.maximumSessions, 4)
            fake.set(.saysMaximum, saysMaximum)
            let hsm = try PKCS11HSM(fake.configuration(sessions: 32))
            let material = try hsm.makeMaterial(for: key, version: 1)
            let failures = Monitor<[String]>([])
            DispatchQueue.concurrentPerform(iterations: 32) { _ in
                do {
                    for _ in 0..<20 { try check(hsm, material) }
                } catch {
                    failures.update { $0.append("\(error)") }
                }
            }
            #expect(failures.read { $0 } == [])
            #expect(fake.get(.openSessions) <= 4)
            #expect(fake.get(.collisions) == 0)
        }
    }

    @Test func `threads that lose the token together find it together`() throws {
        try FakeModule.with { fake in
            let hsm = try PKCS11HSM(fake.configuration(sessions: 8))
            let material = try hsm.makeMaterial(for: key, version: 1)
            let done = Monitor(0)
            for _ in 0..<5 {
                fake.fail(.encryptInit, with: 0xe0, times: 3)
                DispatchQueue.concurrentPerform(iterations: 8) { _ in
                    // More than one loss in a row is more than one call makes good.
                    for _ in 0..<20 where (try? check(hsm, material)) != nil {
                        done.update { $0 += 1 }
                    }
                }
            }
            #expect(done.read { $0 } >= 5 * (160 - 3))
            try check(hsm, material)
            #expect(fake.get(.openSessions) <= 9)
            #expect(fake.get(.collisions) == 0)
        }
    }

    @Test func `a token that was away is found again, and no key is called damaged`() throws {
        try FakeModule.with { fake in
            let hsm = try PKCS11HSM(fake.configuration())
            let material = try hsm.makeMaterial(for: key, version: 1)
            try check(hsm, material)
            // A login that is older than a moment.
            Thread.sleep(forTimeInterval: 2.1)
            fake.set(.away, 1)
            for _ in 0..<3 {
                #expect {
                    try check(hsm, material)
                } throws: {
                    if case HSMError.unreachable = $0 { true } else { false }
                }
                // What is not found because all is away was not destroyed.
                #expect(throws: HSMError.self) { try hsm.destroyMaterial(material) }
            }
            fake.set(.away, 0)
            try check(hsm, material)
            #expect(fake.get(.openSessions) == 2)
        }
    }

    @Test func `many threads find a token again that was away`() throws {
        try FakeModule.with { fake in
            let hsm = try PKCS11HSM(fake.configuration(sessions: 8))
            let material = try hsm.makeMaterial(for: key, version: 1)
            Thread.sleep(forTimeInterval: 2.1)
            fake.set(.away, 1)
            fake.set(.away, 0)
            DispatchQueue.concurrentPerform(iterations: 8) { _ in
                for _ in 0..<20 { try? check(hsm, material) }
            }
            try check(hsm, material)
            #expect(fake.get(.initialized) >= 2)
        }
    }

    @Test func `an object that cannot be destroyed is no success`() throws {
        try FakeModule.with { fake in
            let hsm = try PKCS11HSM(fake.configuration())
            let material = try hsm.makeMaterial(for: key, version: 1)
            fake.fail(.destroy, with: 0x1b)
            #expect(
                throws: HSMError.failed("C_DestroyObject answered CKR_ACTION_PROHIBITED (0x1b)")
            ) { try hsm.destroyMaterial(material) }
            #expect(fake.get(.stored) == 1)
            try hsm.destroyMaterial(material)
            #expect(fake.get(.stored) == 0)
        }
    }

    @Test(arguments: [UInt(1), 4], [true, false])
    func `all objects of a name are destroyed, whether or not one was used before`(
        twins: UInt, isUsed: Bool
    ) throws {
        try FakeModule.with { fake in
            let hsm = try PKCS11HSM(fake.configuration())
            let material = try hsm.makeMaterial(for: key, version: 1)
            if isUsed { try check(hsm, material) }
            fake.set(.twins, twins)
            #expect(fake.get(.stored) == 1 + twins)
            _ = try hsm.makeMaterial(for: key, version: 2)
            try hsm.destroyMaterial(material)
            #expect(fake.get(.stored) == 1)
        }
    }

    @Test func `what is destroyed is looked for anew, whatever handle it had`() throws {
        try FakeModule.with { fake in
            let hsm = try PKCS11HSM(fake.configuration())
            let material = try hsm.makeMaterial(for: key, version: 1)
            try check(hsm, material)
            // Another process destroys it, and something else gets its handle.
            let other = try PKCS11HSM(fake.configuration())
            try other.destroyMaterial(material)
            let young = try other.makeMaterial(for: key, version: 2)
            try hsm.destroyMaterial(material)
            #expect(fake.get(.stored) == 1)
            try check(hsm, young)
        }
    }

    @Test func `material without a name is not taken for destroyed`() throws {
        try FakeModule.with { fake in
            let hsm = try PKCS11HSM(fake.configuration())
            let material = try hsm.makeMaterial(for: key, version: 1)
            for token in [[], material.token.dropLast(), material.token + [0]] {
                let damaged = KeyMaterial(key: key, version: 1, token: Array(token))
                #expect(throws: HSMError.unusableMaterial) { try hsm.destroyMaterial(damaged) }
            }
            #expect(fake.get(.stored) == 1)
            #expect(fake.get(.logins) == 1)
        }
    }
}

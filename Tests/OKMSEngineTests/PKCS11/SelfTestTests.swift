import LibCrypto
import OKMS
import OKMSConformance
import Testing

@testable import OKMSEngine

/// What a module must show before it is trusted.
@Suite struct SelfTestTests {
    private func refusal(_ open: () throws -> PKCS11HSM) -> String {
        do {
            _ = try open()
            return ""
        } catch HSMError.failed(let reason) {
            return reason
        } catch {
            return ""
        }
    }

    @Test(arguments: [
        (FakeModule.IVMode.caller, PKCS11Configuration.IVMode.caller), (.writeBack, .writeBack),
        (.appended12, .appended(ivByteCount: 12)), (.appended16, .appended(ivByteCount: 16)),
    ])
    func `the IV mode is found out`(
        mode: FakeModule.IVMode, expected: PKCS11Configuration.IVMode
    ) throws {
        try FakeModule.with(mode) { fake in
            let hsm = try PKCS11HSM(fake.configuration())
            #expect(hsm.ivMode == expected)
            #expect(hsm.ivByteCount == expected.ivByteCount)
            _ = try PKCS11HSM(fake.configuration(ivMode: expected))
        }
    }

    @Test(arguments: [
        FakeModule.IVMode.caller, .writeBack, .appended12, .appended16,
    ])
    func `a mode that is not the module's is refused`(mode: FakeModule.IVMode) throws {
        try FakeModule.with(mode) { fake in
            let right = try PKCS11HSM(fake.configuration()).ivMode
            for wrong in PKCS11Configuration.IVMode.all where wrong != right {
                // A module that appends does so in 16 bytes if it is asked in another way.
                let reason = refusal { try PKCS11HSM(fake.configuration(ivMode: wrong)) }
                #expect(
                    reason.contains("IV mode \(wrong)")
                        || (mode == .appended12 && wrong == .appended(ivByteCount: 16)))
            }
        }
    }

    @Test(arguments: [FakeModule.IVMode.constant, .silent, .notWritten])
    func `a module whose IVs are not known, or not fresh, is refused in every mode`(
        mode: FakeModule.IVMode
    ) throws {
        try FakeModule.with(mode) { fake in
            #expect(
                refusal { try PKCS11HSM(fake.configuration()) }
                    .hasPrefix("the self-test failed"))
            for mode in PKCS11Configuration.IVMode.all {
                #expect(
                    refusal { try PKCS11HSM(fake.configuration(ivMode: mode)) }
                        .contains("IV mode \(mode)"))
            }
        }
    }

    @Test func `a module that does not check tags is refused`() throws {
        try FakeModule.with { fake in
            fake.set(.ignoresTag, 1)
            #expect(
                refusal { try PKCS11HSM(fake.configuration()) }
                    .contains("decrypts what was altered"))
        }
    }

    @Test func `a module that makes other keys than it is told is refused`() throws {
        try FakeModule.with { fake in
            fake.set(.ignoresFlags, 1)
            #expect(
                refusal { try PKCS11HSM(fake.configuration()) }
                    .contains("CKA_EXTRACTABLE is not false"))
            fake.set(.ignoresFlags, 0)
            let hsm = try PKCS11HSM(fake.configuration())
            fake.set(.ignoresFlags, 1)
            #expect(throws: HSMError.self) { _ = try hsm.makeMaterial(for: .random(), version: 1) }
            #expect(fake.get(.stored) == 0)
        }
    }

    @Test func `a module that lets keys do bare AES is refused, unless that is allowed`() throws {
        try FakeModule.with { fake in
            fake.set(.allowsECB, 1)
            #expect(
                refusal { try PKCS11HSM(fake.configuration()) }
                    .contains("CKA_ALLOWED_MECHANISMS"))
            _ = try PKCS11HSM(fake.configuration(lacking: [.allowedMechanisms]))
        }
    }

    @Test(arguments: [
        (UInt(0x170), PKCS11Configuration.Hardening.modifiable), (0x171, .copyable),
        (0x4000_0600, .allowedMechanisms),
    ])
    func `an attribute that a module lacks is left out only on demand`(
        attribute: UInt, name: PKCS11Configuration.Hardening
    ) throws {
        try FakeModule.with { fake in
            fake.set(.rejects, attribute)
            #expect(
                refusal { try PKCS11HSM(fake.configuration()) }
                    .contains("CKR_ATTRIBUTE_TYPE_INVALID"))
            let hsm = try PKCS11HSM(fake.configuration(lacking: [name]))
            _ = try hsm.makeMaterial(for: .random(), version: 1)
        }
    }
}

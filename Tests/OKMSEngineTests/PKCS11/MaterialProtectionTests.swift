import CPKCS11
import LibCrypto
import OKMS
import OKMSConformance
import Testing

@testable import OKMSEngine

/// Whoever has the PIN can use key material, and nothing else: raw calls against a key of ours.
@Suite(.enabled(if: SoftHSM.isThere, SoftHSM.reasonToSkip))
struct MaterialProtectionTests {
    private static let wrapMechanisms: [UInt] = [
        CK_ULONG(CKM_AES_KEY_WRAP), CK_ULONG(CKM_AES_KEY_WRAP_PAD), CK_ULONG(CKM_AES_CBC_PAD),
    ]

    /// Lends a logged-in session and the handle of fresh key material.
    private func withMaterial(
        _ body: (PKCS11Session, CK_OBJECT_HANDLE) throws -> Void
    ) throws {
        let hsm = try PKCS11HSM(SoftHSM.configuration())
        let material = try hsm.makeMaterial(for: .random(), version: 1)
        let module = try PKCS11Module.at(SoftHSM.modulePath)
        let token = try PKCS11Token.find(label: SoftHSM.label, serial: nil, in: module)
        let session = try PKCS11Session.open(with: token, of: module)
        defer { session.close() }
        let name = try #require(MaterialName(of: material))
        try body(session, session.findKey(name))
        try hsm.destroyMaterial(material)
        // The other objects of this suite die with the session.
        withExtendedLifetime(hsm) {}
    }

    private func answer(
        _ session: PKCS11Session, _ call: (CK_FUNCTION_LIST) -> CK_RV?
    ) throws -> String {
        "\(ReturnCode(rawValue: try #require(unsafe call(session.module.functions.pointee))))"
    }

    private func makeOtherKey(
        _ session: PKCS11Session, wraps: Bool
    ) throws -> CK_OBJECT_HANDLE {
        try session.generateKey(
            KeyTemplate(attributes: [
                .number(CK_ULONG(CKA_CLASS), CK_ULONG(CKO_SECRET_KEY)),
                .number(CK_ULONG(CKA_KEY_TYPE), CK_ULONG(CKK_AES)),
                .number(CK_ULONG(CKA_VALUE_LEN), 32),
                .flag(CK_ULONG(CKA_TOKEN), false), .flag(CK_ULONG(CKA_PRIVATE), true),
                .flag(CK_ULONG(CKA_WRAP), wraps), .flag(CK_ULONG(CKA_UNWRAP), wraps),
                .flag(CK_ULONG(CKA_ENCRYPT), wraps), .flag(CK_ULONG(CKA_EXTRACTABLE), true),
            ]))
    }

    @Test func `its value cannot be read`() throws {
        try withMaterial { session, key in
            var value = [UInt8](repeating: 0, count: 64)
            let answer = try answer(session) { functions in
                unsafe value.withUnsafeMutableBytes { value in
                    var attribute = unsafe CK_ATTRIBUTE(
                        type: CK_ULONG(CKA_VALUE), pValue: value.baseAddress,
                        ulValueLen: CK_ULONG(value.count))
                    return unsafe functions.C_GetAttributeValue?(
                        session.handle, key, &attribute, 1)
                }
            }
            #expect(answer == "CKR_ATTRIBUTE_SENSITIVE (0x11)")
            #expect(value.allSatisfy { $0 == 0 })
        }
    }

    @Test(arguments: wrapMechanisms)
    func `it cannot be wrapped out`(mechanism: UInt) throws {
        try withMaterial { session, key in
            let wrapping = try makeOtherKey(session, wraps: true)
            func wrap(_ key: CK_OBJECT_HANDLE, under wrapping: CK_OBJECT_HANDLE) throws -> String {
                var iv = [UInt8](repeating: 0, count: 16)
                var wrapped = [UInt8](repeating: 0, count: 256)
                var count = CK_ULONG(wrapped.count)
                return try answer(session) { functions in
                    unsafe iv.withUnsafeMutableBytes { iv in
                        let needsIV = mechanism == CK_ULONG(CKM_AES_CBC_PAD)
                        var mechanism = unsafe CK_MECHANISM(
                            mechanism: mechanism, pParameter: needsIV ? iv.baseAddress : nil,
                            ulParameterLen: needsIV ? 16 : 0)
                        return unsafe functions.C_WrapKey?(
                            session.handle, &mechanism, wrapping, key, &wrapped, &count)
                    }
                }
            }
            // SoftHSM wraps with these two; with CBC it wraps nothing.
            let wraps = mechanism != CK_ULONG(CKM_AES_CBC_PAD)
            #expect(
                try wrap(key, under: wrapping)
                    == (wraps ? "CKR_KEY_UNEXTRACTABLE (0x6a)" : "CKR_MECHANISM_INVALID (0x70)"))
            // The same call is right: it wraps a key that may be wrapped.
            let other = try makeOtherKey(session, wraps: false)
            if wraps {
                #expect(try wrap(other, under: wrapping) == "CKR_OK (0x0)")
            }
            // Nor does it wrap others, which would make it an oracle.
            #expect(try wrap(other, under: key) != "CKR_OK (0x0)")
        }
    }

    @Test(
        arguments: [
            (CK_ULONG(CKA_EXTRACTABLE), true), (CK_ULONG(CKA_SENSITIVE), false),
            (CK_ULONG(CKA_WRAP), true), (CK_ULONG(CKA_DERIVE), true), (CK_ULONG(CKA_SIGN), true),
            (CK_ULONG(CKA_MODIFIABLE), true), (CK_ULONG(CKA_COPYABLE), true),
            (CK_ULONG(CKA_PRIVATE), false),
        ] as [(UInt, Bool)])
    func `no attribute can be weakened, in place or in a copy`(
        attribute: UInt, value: Bool
    ) throws {
        try withMaterial { session, key in
            let weaker = KeyTemplate(attributes: [.flag(attribute, value)])
            let set = try answer(session) { functions in
                unsafe weaker.withTemplate { template in
                    unsafe functions.C_SetAttributeValue?(
                        session.handle, key, template.baseAddress, CK_ULONG(template.count))
                }
            }
            #expect(
                ["CKR_ATTRIBUTE_READ_ONLY (0x10)", "CKR_ACTION_PROHIBITED (0x1b)"].contains(set))
            let copied = try answer(session) { functions in
                var copy: CK_OBJECT_HANDLE = 0
                return unsafe weaker.withTemplate { template in
                    unsafe functions.C_CopyObject?(
                        session.handle, key, template.baseAddress, CK_ULONG(template.count),
                        &copy)
                }
            }
            #expect(copied == "CKR_ACTION_PROHIBITED (0x1b)")
            try session.checkFlags(of: key, lacking: [])
        }
    }

    @Test(arguments: [CKM_AES_ECB, CKM_AES_CBC, CKM_AES_CBC_PAD, CKM_AES_CTR].map { UInt($0) })
    func `it encrypts and decrypts with AES-GCM alone`(mechanism: UInt) throws {
        try withMaterial { session, key in
            var parameter = [UInt8](repeating: 0, count: 24)
            // CK_AES_CTR_PARAMS begins with the number of the counter's bits.
            if mechanism == CK_ULONG(CKM_AES_CTR) { parameter[0] = 128 }
            let count = [CK_ULONG(CKM_AES_ECB): 0, CK_ULONG(CKM_AES_CTR): 24][mechanism] ?? 16
            for encrypts in [true, false] {
                let answer = try answer(session) { functions in
                    unsafe parameter.withUnsafeMutableBytes { parameter in
                        var mechanism = unsafe CK_MECHANISM(
                            mechanism: mechanism, pParameter: parameter.baseAddress,
                            ulParameterLen: CK_ULONG(count))
                        return unsafe encrypts
                            ? functions.C_EncryptInit?(session.handle, &mechanism, key)
                            : functions.C_DecryptInit?(session.handle, &mechanism, key)
                    }
                }
                #expect(answer == "CKR_MECHANISM_INVALID (0x70)")
            }
        }
    }

    @Test func `it neither signs nor derives`() throws {
        try withMaterial { session, key in
            let signed = try answer(session) { functions in
                var mechanism = unsafe CK_MECHANISM(
                    mechanism: CK_ULONG(CKM_AES_CMAC), pParameter: nil, ulParameterLen: 0)
                return unsafe functions.C_SignInit?(session.handle, &mechanism, key)
            }
            #expect(signed != "CKR_OK (0x0)")
            let derived = try answer(session) { functions in
                var derived: CK_OBJECT_HANDLE = 0
                var mechanism = unsafe CK_MECHANISM(
                    mechanism: CK_ULONG(CKM_AES_ECB_ENCRYPT_DATA), pParameter: nil,
                    ulParameterLen: 0)
                return unsafe functions.C_DeriveKey?(
                    session.handle, &mechanism, key, nil, 0, &derived)
            }
            #expect(derived != "CKR_OK (0x0)")
        }
    }

    @Test func `it never was outside the token`() throws {
        try withMaterial { session, key in
            for type in [CKA_ALWAYS_SENSITIVE, CKA_NEVER_EXTRACTABLE, CKA_LOCAL, CKA_TOKEN] {
                var value = CK_BBOOL(0)
                let answer = try answer(session) { functions in
                    unsafe withUnsafeMutablePointer(to: &value) { value in
                        var attribute = unsafe CK_ATTRIBUTE(
                            type: CK_ULONG(type), pValue: value, ulValueLen: 1)
                        return unsafe functions.C_GetAttributeValue?(
                            session.handle, key, &attribute, 1)
                    }
                }
                #expect(answer == "CKR_OK (0x0)" && value == 1)
            }
        }
    }

    @Test func `what a store keeps is a name`() throws {
        let hsm = try PKCS11HSM(SoftHSM.configuration())
        let key = try KeyID.random()
        let material = try hsm.makeMaterial(for: key, version: 3)
        let name = try #require(MaterialName(of: material))
        #expect(material.token == name.id && name.id.count == 16)
        #expect(String(decoding: name.label, as: UTF8.self) == "okms \(key) v3")
        try hsm.destroyMaterial(material)
    }
}

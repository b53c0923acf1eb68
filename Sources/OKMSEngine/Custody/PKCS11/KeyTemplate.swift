import CPKCS11

/// What a customer master key is to its token: usable for AES-GCM, and for nothing else, ever.
struct KeyTemplate {
    /// An attribute and its value.
    enum Attribute {
        case flag(CK_ATTRIBUTE_TYPE, Bool)
        case number(CK_ATTRIBUTE_TYPE, CK_ULONG)
        case numbers(CK_ATTRIBUTE_TYPE, [CK_ULONG])
        case bytes(CK_ATTRIBUTE_TYPE, [UInt8])
    }

    /// `CKF_ARRAY_ATTRIBUTE | 0x600`, a macro that Swift does not import.
    static let allowedMechanisms: CK_ATTRIBUTE_TYPE = 0x4000_0600

    /// The flags that decide what can be done with a key. `CKA_DESTROYABLE` stays true: a key whose
    /// deletion falls due is really destroyed.
    static func flags(
        lacking: Set<PKCS11Configuration.Hardening>
    ) -> [(name: String, type: CK_ATTRIBUTE_TYPE, value: Bool)] {
        var flags: [(String, CK_ATTRIBUTE_TYPE, Bool)] = [
            ("CKA_PRIVATE", CK_ULONG(CKA_PRIVATE), true),
            ("CKA_SENSITIVE", CK_ULONG(CKA_SENSITIVE), true),
            ("CKA_EXTRACTABLE", CK_ULONG(CKA_EXTRACTABLE), false),
            ("CKA_ENCRYPT", CK_ULONG(CKA_ENCRYPT), true),
            ("CKA_DECRYPT", CK_ULONG(CKA_DECRYPT), true),
            ("CKA_WRAP", CK_ULONG(CKA_WRAP), false),
            ("CKA_UNWRAP", CK_ULONG(CKA_UNWRAP), false),
            ("CKA_DERIVE", CK_ULONG(CKA_DERIVE), false),
            ("CKA_SIGN", CK_ULONG(CKA_SIGN), false),
            ("CKA_VERIFY", CK_ULONG(CKA_VERIFY), false),
        ]
        if !lacking.contains(.modifiable) {
            flags.append(("CKA_MODIFIABLE", CK_ULONG(CKA_MODIFIABLE), false))
        }
        if !lacking.contains(.copyable) {
            flags.append(("CKA_COPYABLE", CK_ULONG(CKA_COPYABLE), false))
        }
        return flags
    }

    /// For `C_GenerateKey`: 256 random bits. A key that is not stored dies with its session.
    static func generating(
        _ name: MaterialName, isStored: Bool, lacking: Set<PKCS11Configuration.Hardening>
    ) -> KeyTemplate {
        var attributes: [Attribute] = [
            .number(CK_ULONG(CKA_CLASS), CK_ULONG(CKO_SECRET_KEY)),
            .number(CK_ULONG(CKA_KEY_TYPE), CK_ULONG(CKK_AES)),
            .number(CK_ULONG(CKA_VALUE_LEN), 32),
            .flag(CK_ULONG(CKA_TOKEN), isStored),
            .bytes(CK_ULONG(CKA_LABEL), name.label),
            .bytes(CK_ULONG(CKA_ID), name.id),
        ]
        attributes += flags(lacking: lacking).map { .flag($0.type, $0.value) }
        if !lacking.contains(.allowedMechanisms) {
            attributes.append(.numbers(allowedMechanisms, [CK_ULONG(CKM_AES_GCM)]))
        }
        return KeyTemplate(attributes: attributes)
    }

    /// For `C_FindObjectsInit`.
    static func finding(_ name: MaterialName) -> KeyTemplate {
        KeyTemplate(attributes: [
            .number(CK_ULONG(CKA_CLASS), CK_ULONG(CKO_SECRET_KEY)),
            .flag(CK_ULONG(CKA_TOKEN), true),
            .bytes(CK_ULONG(CKA_LABEL), name.label),
            .bytes(CK_ULONG(CKA_ID), name.id),
        ])
    }

    let attributes: [Attribute]

    /// Lends the template as C has it: valid for the length of one call.
    func withTemplate<R>(
        _ body: (UnsafeMutableBufferPointer<CK_ATTRIBUTE>) -> R
    ) -> R {
        let values = attributes.map(\.value)
        // Every value begins at a multiple of 8, so that numbers lie as C expects them.
        let slot = { (count: Int) in (count + 7) & ~7 }
        let buffer = UnsafeMutableRawBufferPointer.allocate(
            byteCount: max(values.reduce(0) { $0 + slot($1.bytes.count) }, 8), alignment: 16)
        defer { unsafe buffer.deallocate() }
        var template: [CK_ATTRIBUTE] = unsafe []
        var offset = 0
        for (type, bytes) in values {
            let place = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[offset...])
            unsafe place.copyBytes(from: bytes)
            unsafe template.append(
                CK_ATTRIBUTE(
                    type: type, pValue: place.baseAddress, ulValueLen: CK_ULONG(bytes.count)))
            offset += slot(bytes.count)
        }
        return unsafe template.withUnsafeMutableBufferPointer { unsafe body($0) }
    }
}

extension KeyTemplate.Attribute {
    /// The attribute's type, and its value as it lies in memory.
    fileprivate var value: (type: CK_ATTRIBUTE_TYPE, bytes: [UInt8]) {
        switch self {
        case .flag(let type, let value): (type, [value ? 1 : 0])
        case .number(let type, let value): (type, Self.bytes(of: [value]))
        case .numbers(let type, let values): (type, Self.bytes(of: values))
        case .bytes(let type, let bytes): (type, bytes)
        }
    }

    private static func bytes(of numbers: [CK_ULONG]) -> [UInt8] {
        unsafe numbers.withUnsafeBytes { unsafe Array($0) }
    }
}

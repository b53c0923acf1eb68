/// An algorithm suite is the set of primitives a message is made with; only 0x0478 is spoken here.
/// Source: AWS Encryption SDK specification, "algorithm-suites".
package struct MessageSuite: Hashable, Sendable {
    package let id: UInt16

    package init(id: UInt16) { self.id = id }

    /// AES-256-GCM, HKDF-SHA-512, key commitment, no signature.
    package static let committing = MessageSuite(id: 0x0478)

    /// The specification's name; nil for a suite it does not list.
    package var name: String? {
        switch id {
        case 0x0014: "AES_128_GCM_IV12_TAG16"
        case 0x0046: "AES_192_GCM_IV12_TAG16"
        case 0x0078: "AES_256_GCM_IV12_TAG16"
        case 0x0114: "AES_128_GCM_IV12_TAG16_HKDF_SHA256"
        case 0x0146: "AES_192_GCM_IV12_TAG16_HKDF_SHA256"
        case 0x0178: "AES_256_GCM_IV12_TAG16_HKDF_SHA256"
        case 0x0214: "AES_128_GCM_IV12_TAG16_HKDF_SHA256_ECDSA_P256"
        case 0x0346: "AES_192_GCM_IV12_TAG16_HKDF_SHA384_ECDSA_P384"
        case 0x0378: "AES_256_GCM_IV12_TAG16_HKDF_SHA384_ECDSA_P384"
        case 0x0478: "AES_256_GCM_HKDF_SHA512_COMMIT_KEY"
        case 0x0578: "AES_256_GCM_HKDF_SHA512_COMMIT_KEY_ECDSA_P384"
        default: nil
        }
    }
}

extension MessageSuite: CustomStringConvertible {
    package var description: String {
        let digits = String(id, radix: 16)
        return "0x\(String(repeating: "0", count: 4 - digits.count))\(digits)"
            + (name.map { " (\($0))" } ?? "")
    }
}

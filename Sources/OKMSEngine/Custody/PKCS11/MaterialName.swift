import LibCrypto
import OKMS

/// What a key is called within its token: a label that people read, and an id that is unique.
///
/// The id, 16 random bytes, is all that the store keeps. The label says of which key and version it
/// is and is searched for together with the id, so that rows of the store cannot be exchanged.
struct MaterialName: Hashable {
    static let idByteCount = 16

    /// `CKA_ID`.
    let id: [UInt8]
    /// `CKA_LABEL`: `okms 1234abcd-… v1`.
    let label: [UInt8]

    /// A name that no object has.
    static func random(for key: KeyID, version: UInt32) throws(PKCS11Error) -> MaterialName {
        MaterialName(id: try randomID(), label: label(key, version))
    }

    /// A name for the self-test's key, which is never stored.
    static func selfTest() throws(PKCS11Error) -> MaterialName {
        MaterialName(id: try randomID(), label: Array("okms self-test".utf8))
    }

    /// Nil where the store does not hold a token of ours.
    init?(of material: KeyMaterial) {
        guard material.token.count == Self.idByteCount else { return nil }
        id = material.token
        label = Self.label(material.key, material.version)
    }

    private init(id: [UInt8], label: [UInt8]) {
        self.id = id
        self.label = label
    }

    private static func randomID() throws(PKCS11Error) -> [UInt8] {
        do throws(CryptoError) {
            return try randomBytes(count: idByteCount)
        } catch {
            throw .misbehaved("\(error)")
        }
    }

    private static func label(_ key: KeyID, _ version: UInt32) -> [UInt8] {
        Array("okms \(key) v\(version)".utf8)
    }
}

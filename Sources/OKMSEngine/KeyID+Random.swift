import LibCrypto
import OKMS

extension KeyID {
    /// A new id: a random UUID.
    /// Source: RFC 9562 §5.4.
    static func random() throws(CryptoError) -> KeyID {
        var bytes = try randomBytes(count: byteCount)
        bytes[6] = bytes[6] & 0x0f | 0x40
        bytes[8] = bytes[8] & 0x3f | 0x80
        guard let id = KeyID(bytes: bytes) else { preconditionFailure("a UUID has 16 bytes") }
        return id
    }
}

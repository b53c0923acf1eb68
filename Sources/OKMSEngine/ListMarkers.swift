private import FoundationEssentials
import LibCrypto
import OKMS

/// Where a page of keys ended. Keys are listed by time of creation, then id.
struct ListPosition: Hashable {
    let created: Double
    let key: KeyID

    init(created: Double, key: KeyID) {
        self.created = created
        self.key = key
    }

    /// `created:8 key:16`, as a marker holds it. Nil unless the bytes are that.
    init?(bytes: [UInt8]) {
        guard bytes.count == 8 + KeyID.byteCount, let key = KeyID(bytes: Array(bytes[8...])) else {
            return nil
        }
        self.init(created: Double(bitPattern: UInt64(bigEndianBytes: bytes[..<8])), key: key)
    }

    var bytes: [UInt8] { created.bitPattern.bigEndianBytes + key.bytes }
}

/// Makes and reads the texts that lead from one page of a list to the next.
///
/// A marker is `version:1 position HMAC-SHA-256:32` in base64, a position that only the store's
/// engines can have made. The HMAC covers the list too, so a marker is of no use in another one.
final class ListMarkers: Sendable {
    /// What is listed: an action's answer, of an account, or of one of its keys.
    struct List: Hashable {
        let account: AccountID
        let action: KeyAction
        let key: KeyID?

        fileprivate var bytes: [UInt8] {
            Array("\(account)\(action.rawValue) ".utf8) + (key?.bytes ?? [])
        }
    }

    private static let version: UInt8 = 1

    private let key: SecretBytes

    init(key bytes: [UInt8]) {
        key = SecretBytes(count: bytes.count) { key in
            for i in bytes.indices { key[i] = bytes[i] }
        }
    }

    func text(for position: [UInt8], in list: List) throws(CryptoError) -> String {
        let bytes = [Self.version] + position
        return Data(bytes + (try authenticate(bytes, list))).base64EncodedString()
    }

    /// Nil unless the text is a marker of this list.
    func position(of text: String, in list: List) throws(CryptoError) -> [UInt8]? {
        guard let bytes = Data(base64Encoded: text).map(Array.init),
            Data(bytes).base64EncodedString() == text, bytes.count > HMACSHA256.byteCount
        else { return nil }
        let position = Array(bytes.dropLast(HMACSHA256.byteCount))
        let expected = try authenticate(position, list)
        guard constantTimeEqual(expected.span, Array(bytes.suffix(HMACSHA256.byteCount)).span),
            position[0] == Self.version
        else { return nil }
        return Array(position.dropFirst())
    }

    /// The length of the list's name keeps it apart from the position.
    private func authenticate(_ position: [UInt8], _ list: List) throws(CryptoError) -> [UInt8] {
        let label = Array("okms list marker v2".utf8)
        let name = list.bytes
        let text = label + UInt32(name.count).bigEndianBytes + name + position
        return try HMACSHA256.authenticate(text.span, key: key)
    }
}

private import FoundationEssentials
import LibCrypto
import OKMS

/// Where a page of keys ended. Keys are listed by time of creation, then id.
struct ListPosition: Hashable {
    let created: Double
    let key: KeyID
}

/// Makes and reads the texts that lead from one page of a list to the next.
///
/// A marker is `version:1 created:8 key:16 HMAC-SHA-256:32` in base64, a position that only the
/// store's engines can have made. The HMAC covers account and action too, so a marker is of no use
/// in another list.
final class ListMarkers: Sendable {
    private static let version: UInt8 = 1
    private static let positionByteCount = 1 + 8 + KeyID.byteCount

    private let account: AccountID
    private let key: SecretBytes

    init(of account: StoredAccount) {
        self.account = account.id
        let bytes = account.markerKey
        key = SecretBytes(count: bytes.count) { key in
            for i in bytes.indices { key[i] = bytes[i] }
        }
    }

    func text(for position: ListPosition, in action: String) throws(CryptoError) -> String {
        let bytes =
            [Self.version] + position.created.bitPattern.bigEndianBytes + position.key.bytes
        let tag = try authenticate(bytes, action)
        return Data(bytes + tag).base64EncodedString()
    }

    /// Nil unless the text is a marker of this list.
    func position(of text: String, in action: String) throws(CryptoError) -> ListPosition? {
        guard let bytes = Data(base64Encoded: text).map(Array.init),
            bytes.count == Self.positionByteCount + HMACSHA256.byteCount
        else { return nil }
        let position = Array(bytes[..<Self.positionByteCount])
        let tag = Array(bytes[Self.positionByteCount...])
        let expected = try authenticate(position, action)
        guard constantTimeEqual(expected.span, tag.span), position[0] == Self.version,
            let key = KeyID(bytes: Array(position[9...]))
        else { return nil }
        let created = Double(bitPattern: UInt64(bigEndianBytes: position[1..<9]))
        return ListPosition(created: created, key: key)
    }

    private func authenticate(
        _ position: [UInt8], _ action: String
    ) throws(CryptoError) -> [UInt8] {
        let label = Array("okms list marker v1".utf8)
        let list = Array("\(account)\(action)".utf8)
        return try HMACSHA256.authenticate((label + list + position).span, key: key)
    }
}

private import LibCrypto

/// A message id is 32 random bytes, never used for two messages: the salt of the message's keys.
package struct MessageID: Hashable, Sendable {
    package static let byteCount = 32

    package let bytes: [UInt8]

    /// Nil unless there are exactly 32 bytes.
    package init?(_ bytes: [UInt8]) {
        guard bytes.count == Self.byteCount else { return nil }
        self.bytes = bytes
    }

    /// Nil unless the text is 64 hexadecimal digits.
    package init?(hexadecimal text: String) {
        let digits = Array(text.utf8)
        let bytes = stride(from: 0, to: digits.count - digits.count % 2, by: 2).compactMap {
            UInt8(String(decoding: digits[$0..<$0 + 2], as: UTF8.self), radix: 16)
        }
        guard digits.count == 2 * Self.byteCount else { return nil }
        self.init(bytes)
    }

    private init(random bytes: [UInt8]) { self.bytes = bytes }

    package static func random() throws(EnvelopeError) -> MessageID {
        do throws(CryptoError) {
            return MessageID(random: try randomBytes(count: byteCount))
        } catch {
            throw .crypto(error)
        }
    }
}

extension MessageID: CustomStringConvertible {
    /// Lower-case hexadecimal digits.
    package var description: String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}

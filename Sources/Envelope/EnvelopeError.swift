package import LibCrypto
package import OKMS

/// Why a message could not be read or written.
///
/// Offsets count bytes from the start of the message. Nothing read from an unverified header is
/// told beyond the number or name that made it unreadable.
package enum EnvelopeError: Error, Equatable {
    /// What a message is made of, as errors name it.
    package enum Field: String, Sendable {
        case version, suite
        case encryptionContext = "encryption context"
        case wrappedKeys = "wrapped data keys"
        case contentType = "content type"
        case frameLength = "frame length"
        case frameMarker = "end marker"
        case sequenceNumber = "sequence number"
        case iv = "IV"
        case contentLength = "content length"
        case messageLength = "message length"
    }

    /// What a tag covers.
    package enum Section: Hashable, Sendable {
        case header
        case frame(UInt32)
    }

    /// The message ends at `offset`, at least `needed` bytes too early.
    case truncated(needed: Int, offset: Int)
    /// The message was complete at `offset`, but more bytes follow.
    case trailingBytes(offset: Int)
    /// A message of another suite, or of format version 1.
    case unsupportedSuite(MessageSuite, formatVersion: UInt8)
    /// A field of the header that breaks the format.
    case malformed(Field, offset: Int)
    /// A field of a frame that breaks the format or stands in the wrong place.
    case malformedFrame(UInt32, Field, offset: Int)
    /// A well-formed number that is larger than this reader (or the format) takes.
    case overLimit(Field, Int, limit: Int, offset: Int)
    /// The encryption context uses a name that belongs to the format.
    case reservedContextKey([UInt8])
    /// The header's encryption context has another value for a pair the caller expects.
    case contextMismatch(key: [UInt8])
    /// No wrapped data key names a key of a key management service.
    case noUsableWrappedKey
    /// Every wrapped data key was tried in vain: one reason each, in the header's order.
    case dataKeyRefused([KeyServiceError])
    /// A data key has 32 bytes, this one has not.
    case invalidDataKey(byteCount: Int)
    /// The data key is not the one the message was sealed with, or the header was changed.
    case commitmentMismatch
    case authenticationFailed(Section)
    /// OpenSSL failed for a reason of its own.
    case crypto(CryptoError)
}

extension EnvelopeError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .truncated(_, let offset): "the message is cut off at byte \(offset)"
        case .trailingBytes(let offset):
            "bytes follow the end of the message at byte \(offset)"
        case .unsupportedSuite(let suite, let version):
            "the message is of format version \(version) and suite \(suite), which is not read"
        case .malformed(.version, _):
            "this is no message of the AWS Encryption SDK: its first byte is no version"
        case .malformed(let field, let offset):
            "the header's \(field.rawValue) at byte \(offset) is malformed"
        case .malformedFrame(let number, let field, let offset):
            "the \(field.rawValue) of frame \(number) at byte \(offset) is wrong"
        case .overLimit(let field, let value, let limit, let offset):
            "the \(field.rawValue) at byte \(offset) is \(value), more than \(limit)"
        case .reservedContextKey(let key):
            "the encryption context key '\(Self.printable(key))' is reserved"
        case .contextMismatch(let key):
            "the encryption context has another value for '\(Self.printable(key))'"
        case .noUsableWrappedKey:
            "no wrapped data key in the message names a key of a key management service"
        case .dataKeyRefused(let reasons):
            "the data key could not be unwrapped: "
                + reasons.map(\.description).joined(separator: "; ")
        case .invalidDataKey(let count):
            "the data key has \(count) bytes instead of 32"
        case .commitmentMismatch:
            "the data key does not belong to the message"
        case .authenticationFailed(.header):
            "authentication of the header failed"
        case .authenticationFailed(.frame(let number)):
            "authentication of frame \(number) failed"
        case .crypto(let error):
            error.description
        }
    }

    /// The text of a context key, on one line.
    private static func printable(_ bytes: [UInt8]) -> String {
        let scalars = String(decoding: bytes, as: UTF8.self).unicodeScalars
        return scalars.map { $0.properties.generalCategory == .control ? "?" : String($0) }.joined()
    }
}

extension EnvelopeError {
    /// The failure of a primitive while it worked on `section`.
    init(_ error: CryptoError, in section: Section) {
        self = error == .authenticationFailed ? .authenticationFailed(section) : .crypto(error)
    }
}

import OKMS
import Testing

/// A plaintext length and a context, sealed at one end and opened at the other.
struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let byteCount: Int
    let frameByteCount: Int
    let pairs: [(String, String)]

    var testDescription: String { name }

    var plaintext: [UInt8] {
        (0..<byteCount).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
    }

    func context() throws -> EncryptionContext { try EncryptionContext(pairs) }

    /// For JSON, whose arrays of texts keep every scalar as it is.
    var texts: [[String]] { pairs.map { [$0.0, $0.1] } }

    static let contexts: [(String, [(String, String)])] = [
        ("no context", []),
        ("ASCII", [("environment", "production"), ("dataset", "orders")]),
        ("beyond ASCII", [("größe", "日本"), ("empty", "")]),
        ("both normal forms", [("e\u{301}", "NFD"), ("\u{e9}", "NFC")]),
        // In the order of UTF-8 bytes; UTF-16 would turn it round.
        ("both orders", [("\u{ff5e}", "first"), ("\u{1f600}", "second")]),
    ]

    static let lengths = [0, 1, 4095, 4096, 4097, 3 * 4096]

    static let all: [Case] =
        contexts.flatMap { name, pairs in
            lengths.map {
                Case(
                    name: "\(name), \($0) bytes", byteCount: $0, frameByteCount: 4096, pairs: pairs)
            }
        } + [
            Case(
                name: "three frames of a mebibyte", byteCount: 3 << 20, frameByteCount: 1 << 20,
                pairs: [("dataset", "orders")])
        ]

    static let one = Case(
        name: "one", byteCount: 10_000, frameByteCount: 4096, pairs: [("dataset", "orders")])
}

package import LibCrypto

/// The body of a request or an answer: in locked memory if a secret is in it.
package struct MessageBody: ~Copyable, Sendable {
    private let open: [UInt8]
    private let secret: SecretBytes?

    package init(_ bytes: consuming [UInt8]) {
        open = bytes
        secret = nil
    }

    init(secret: consuming SecretBytes) {
        open = []
        self.secret = consume secret
    }

    /// `{}`, the answer of actions that answer nothing.
    static var nothing: MessageBody { MessageBody(Array("{}".utf8)) }

    package var holdsSecret: Bool {
        switch secret {
        case nil: false
        default: true
        }
    }

    /// Lends the bytes for the length of one call.
    package borrowing func withBytes<R: ~Copyable, E: Error>(
        _ body: (Span<UInt8>) throws(E) -> R
    ) throws(E) -> R {
        switch secret {
        case .some(let secret): return try secret.withBytes(body)
        case .none: return try body(open.span)
        }
    }
}

/// A secret that a call holds until it is made. A class, so that calls can be copied.
package final class HeldSecret: Sendable {
    package let bytes: SecretBytes

    package init(_ bytes: consuming SecretBytes) { self.bytes = bytes }
}

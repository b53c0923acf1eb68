package import OKMS

/// A call of one action as it goes over the wire: a file an action, in which both ends stand side by
/// side.
///
/// The server reads it with `init`, the client writes it with `request`. `perform` makes the call and
/// writes the answer, which the client reads with the action's `answer(_:)`.
package protocol WireCall: Sendable {
    static var action: KeyAction { get }

    /// Reads a request. `body` is the one that `members` was made from.
    init(_ members: inout MessageReader, _ body: Span<UInt8>) throws(KeyServiceError)

    /// Writes the request. `keys` says how keys are named.
    func request(naming keys: KeySpelling) -> MessageBody

    var subject: CallSubject { get }

    func perform(
        on service: any KeyManagementService
    ) throws(KeyServiceError) -> WireAnswer
}

extension WireCall {
    package var action: KeyAction { Self.action }
}

/// What a call is about, for those who allow it and those who record it.
package struct CallSubject: Hashable, Sendable {
    /// The key the caller names; nil where it names none, or only the ciphertext does.
    package let key: KeyName?
    package let context: EncryptionContext
    /// Of ReEncrypt alone: the key and the context of the ciphertext that is opened.
    package let sourceKey: KeyName?
    package let sourceContext: EncryptionContext
    package let alias: AliasName?

    init(
        key: KeyName? = nil, context: EncryptionContext = .empty, sourceKey: KeyName? = nil,
        sourceContext: EncryptionContext = .empty, alias: AliasName? = nil
    ) {
        self.key = key
        self.context = context
        self.sourceKey = sourceKey
        self.sourceContext = sourceContext
        self.alias = alias
    }
}

/// What a service answers to a call that it made.
package struct WireAnswer: ~Copyable, Sendable {
    package let body: MessageBody
    /// The key that was used or made, where the answer says so.
    package let key: KeyARN?

    init(_ body: consuming MessageBody, key: KeyARN? = nil) {
        self.body = body
        self.key = key
    }

    /// `{}`, the answer of actions that answer nothing.
    static var nothing: WireAnswer { WireAnswer(MessageBody(Array("{}".utf8))) }
}

/// How a client spells the ARNs of keys.
package struct KeySpelling: Hashable, Sendable {
    /// `ows`, or `aws` for Amazon's own service.
    package let partition: String

    package static let okms = KeySpelling(partition: "ows")
    package static let aws = KeySpelling(partition: "aws")

    func text(of key: KeyName) -> String {
        switch key {
        case .arn(let arn): "arn:\(partition):kms:\(arn.region):\(arn.account):key/\(arn.key)"
        default: key.description
        }
    }
}

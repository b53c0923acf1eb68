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

    func perform(
        on service: any KeyManagementService
    ) throws(KeyServiceError) -> MessageBody
}

extension WireCall {
    package var action: KeyAction { Self.action }
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

import Logging
import NIOHTTP1
import OKMS
import OKMSEngine
import OKMSWire

/// What is known of a request while it is answered, for the audit trail, the metrics and the log.
struct RequestTrace {
    let id = RequestID.random()
    let source: RequestSource
    /// The value of `X-Amz-Target`; nothing that is signed is believed before it is verified.
    let target: String?
    /// What the target names.
    let action: KeyAction?
    var claimedID: String?
    /// Whether its signature is wrong for an access key that may be used.
    var isGuess = false
    /// Why it is refused, where the client is told less.
    var cause: String?
    var account: AccountID?
    var outcome = "ok"
    /// Whether the audit trail has it.
    var isRecorded = false

    init(_ request: ServedRequest) {
        source = request.source
        target = request.head.headers.first(name: "x-amz-target")
        action = try? WireRequest.action(target: target)
    }

    init(source: RequestSource, isRecorded: Bool) {
        self.source = source
        self.isRecorded = isRecorded
        target = nil
        action = nil
    }

    func auditRecord(outcome: String) -> AuditRecord {
        AuditRecord(
            requestID: id, account: account, accessKeyID: claimedID,
            action: action?.rawValue ?? target.map(Self.shortened) ?? "none", key: nil,
            outcome: outcome, source: source.description)
    }

    /// No name of an action is nearly as long.
    private static func shortened(_ target: String) -> String {
        target.utf8.count > 64 ? target.prefix(64) + "…" : target
    }

    func metadata(seconds: Double) -> Logger.Metadata {
        metadata(outcome: outcome, ["milliseconds": "\(Int(seconds * 1000))"])
    }

    func metadata(_ refusal: KeyServiceError) -> Logger.Metadata {
        metadata(outcome: refusal.code.rawValue, ["reason": "\(cause ?? refusal.message)"])
    }

    private func metadata(outcome: String, _ more: Logger.Metadata) -> Logger.Metadata {
        let common: Logger.Metadata = [
            "request": "\(id)", "source": "\(source)", "action": "\(action?.rawValue ?? "none")",
            "access_key": "\(claimedID ?? "none")", "outcome": "\(outcome)",
        ]
        return common.merging(more) { $1 }
    }
}

extension ServedRequest {
    /// Whether Outscale's CLI sent it, whose errors need a content type of their own.
    var isFromOSC: Bool {
        guard let agent = head.headers.first(name: "user-agent") else { return false }
        return agent.contains("osc_sdk/") || agent.contains("osc-cli/")
    }
}

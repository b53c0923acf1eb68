package import OKMS

/// The key management service of one account, for one caller, over an engine.
///
/// Cheap to make: a server makes one for each request. Several threads may use one. Each action
/// stands in a file of `Actions`, in the order: arguments, name of the key, existence, state,
/// cryptography. Every call leaves one record in the audit trail, whatever comes of it, and returns
/// only after that record is durable.
package struct AccountService: KeyManagementService {
    package let account: AccountID
    package let engine: OKMSEngine
    let caller: Caller
    /// Nil: all of them.
    let allowedActions: Set<KeyAction>?

    /// What a call has found out about itself, for its record.
    struct Call {
        /// The state of the store when it came.
        var generation = Store.Generation.none
        /// The key it is about, once that is known to be one of the account's.
        var key: KeyARN?
        var context = EncryptionContext.empty
        /// What ReEncrypt opens.
        var sourceKey: KeyARN?
        var sourceContext = EncryptionContext.empty
    }

    /// Runs one call: is it allowed, do it, record it.
    ///
    /// Where the record cannot be written, the call fails, and what it made is wiped.
    func perform<R: ~Copyable>(
        _ action: KeyAction, _ body: (inout Call) throws -> R
    ) throws(KeyServiceError) -> R {
        var call = Call()
        let result: R
        do throws(KeyServiceError) {
            result = try attempt(action, &call, body)
        } catch {
            try record(action, call, outcome: error.code.rawValue)
            throw error
        }
        try record(action, call, outcome: "ok")
        return result
    }

    private func attempt<R: ~Copyable>(
        _ action: KeyAction, _ call: inout Call, _ body: (inout Call) throws -> R
    ) throws(KeyServiceError) -> R {
        guard allowedActions?.contains(action) ?? true else {
            throw KeyServiceError(
                .accessDenied,
                "the access key \(caller.accessKeyID ?? "") is not allowed to \(action.rawValue)")
        }
        return try engine.answering {
            call.generation = try engine.store.generation()
            if engine.doWhatIsDue(asOf: call.generation) {
                call.generation = try engine.store.generation()
            }
            return try body(&call)
        }
    }

    private func record(
        _ action: KeyAction, _ call: Call, outcome: String
    ) throws(KeyServiceError) {
        try engine.record(
            AuditRecord(
                requestID: caller.requestID, account: account, accessKeyID: caller.accessKeyID,
                action: action.rawValue, key: call.key, context: call.context,
                sourceKey: call.sourceKey, sourceContext: call.sourceContext, outcome: outcome,
                source: caller.source, unknownMembers: caller.unknownMembers))
    }
}

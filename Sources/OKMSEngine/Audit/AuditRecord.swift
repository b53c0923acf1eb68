package import OKMS

/// What the audit trail tells of one call.
package struct AuditRecord: Hashable, Sendable {
    package let requestID: String
    /// Nil where nobody was recognised.
    package let account: AccountID?
    package let accessKeyID: String?
    /// A `KeyAction`, what administrators and upkeep do, or what a client asked for in vain.
    package let action: String
    /// Nil where it is about no key, or none of the account's.
    package let key: KeyARN?
    package let context: EncryptionContext
    /// What ReEncrypt opened.
    package let sourceKey: KeyARN?
    package let sourceContext: EncryptionContext
    /// `ok`, or the code of an error.
    package let outcome: String
    /// Where the call came from.
    package let source: String?
    /// Members of the request that its action does not know: a newer client may mean something by them.
    package let unknownMembers: [String]
    /// How many requests it stands for, where they were too many to be told one by one.
    package let requestCount: Int?

    package init(
        requestID: String, account: AccountID?, accessKeyID: String?, action: String,
        key: KeyARN?, context: EncryptionContext = .empty, sourceKey: KeyARN? = nil,
        sourceContext: EncryptionContext = .empty, outcome: String, source: String?,
        unknownMembers: [String] = [], requestCount: Int? = nil
    ) {
        self.requestID = requestID
        self.account = account
        self.accessKeyID = accessKeyID
        self.action = action
        self.key = key
        self.context = context
        self.sourceKey = sourceKey
        self.sourceContext = sourceContext
        self.outcome = outcome
        self.source = source
        self.unknownMembers = unknownMembers
        self.requestCount = requestCount
    }
}

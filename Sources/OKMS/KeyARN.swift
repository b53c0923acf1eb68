/// The full name of a customer master key, `arn:ows:kms:REGION:ACCOUNT:key/UUID`.
///
/// Three spellings are read (`arn:ows:`, `arn:aws:`, `orn:ows:`), all naming the same key; only the
/// first is written, because the AWS Encryption SDKs accept no `orn:`.
package struct KeyARN: Hashable, Sendable, CustomStringConvertible {
    package let region: String
    package let account: AccountID
    package let key: KeyID

    package init(region: String, account: AccountID, key: KeyID) {
        self.region = region
        self.account = account
        self.key = key
    }

    /// Nil unless the text is a well-formed key ARN in one of the three spellings.
    package init?(_ text: String) {
        let fields = text.split(separator: ":", omittingEmptySubsequences: false)
        guard fields.count == 6, fields[2] == "kms", !fields[3].isEmpty,
            ["arn:ows", "arn:aws", "orn:ows"].contains("\(fields[0]):\(fields[1])"),
            let account = AccountID(String(fields[4])),
            fields[5].hasPrefix("key/"), let key = KeyID(String(fields[5].dropFirst(4)))
        else { return nil }
        self.init(region: String(fields[3]), account: account, key: key)
    }

    package var description: String { "arn:ows:kms:\(region):\(account):key/\(key)" }
}

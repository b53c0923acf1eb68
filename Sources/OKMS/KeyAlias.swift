/// The name of an alias, `alias/` and 1 … 250 letters, digits, `/`, `_` or `-`.
/// Source: botocore model `kms/2014-11-01`, AliasNameType.
package struct AliasName: Hashable, Sendable, CustomStringConvertible {
    package let description: String

    /// Nil unless the text is the name of an alias, its prefix included.
    package init?(_ text: String) {
        let prefix = "alias/"
        guard text.hasPrefix(prefix), 1...250 ~= text.utf8.count - prefix.utf8.count,
            text.utf8.allSatisfy(Self.isAllowed)
        else { return nil }
        description = text
    }

    private static func isAllowed(_ character: UInt8) -> Bool {
        switch character {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "/"), UInt8(ascii: "_"),
            UInt8(ascii: "-"):
            true
        default: false
        }
    }
}

/// The full name of an alias, `arn:ows:kms:REGION:ACCOUNT:alias/NAME`, read in the same spellings as
/// a `KeyARN`.
package struct AliasARN: Hashable, Sendable, CustomStringConvertible {
    package let region: String
    package let account: AccountID
    package let name: AliasName

    package init(region: String, account: AccountID, name: AliasName) {
        self.region = region
        self.account = account
        self.name = name
    }

    /// Nil unless the text is a well-formed alias ARN.
    package init?(_ text: String) {
        let fields = text.split(separator: ":", omittingEmptySubsequences: false)
        guard fields.count == 6, fields[2] == "kms", !fields[3].isEmpty,
            ["arn:ows", "arn:aws", "orn:ows"].contains("\(fields[0]):\(fields[1])"),
            let account = AccountID(String(fields[4])), let name = AliasName(String(fields[5]))
        else { return nil }
        self.init(region: String(fields[3]), account: account, name: name)
    }

    package var description: String { "arn:ows:kms:\(region):\(account):\(name)" }
}

/// An alias and the key it stands for.
package struct KeyAlias: Hashable, Sendable {
    package let name: AliasName
    package let target: KeyARN
    /// Seconds since 1970.
    package let created: Double
    package let updated: Double

    package init(name: AliasName, target: KeyARN, created: Double, updated: Double) {
        self.name = name
        self.target = target
        self.created = created
        self.updated = updated
    }

    /// `arn:ows:kms:REGION:ACCOUNT:alias/NAME`.
    package var arn: String {
        AliasARN(region: target.region, account: target.account, name: name).description
    }
}

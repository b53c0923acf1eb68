package import OKMS

package struct ListAliasesCall: WireCall {
    package static let action = KeyAction.listAliases
    let key: KeyName?
    let limit: Int?
    let marker: String?

    package init(of key: KeyName?, limit: Int?, marker: String?) {
        self.key = key
        self.limit = limit
        self.marker = marker
    }

    package init(_ members: inout MessageReader, _ body: Span<UInt8>) throws(KeyServiceError) {
        key = try members.keyName(Member.keyID)
        limit = try members.limit()
        marker = try members.marker()
    }

    package func request(naming keys: KeySpelling) -> MessageBody {
        var writer = MessageWriter()
        writer.put(Member.keyID, key.map { keys.text(of: $0) })
        writer.put(Member.limit, limit)
        writer.put(Member.marker, marker)
        return writer.body
    }

    package func perform(
        on service: any KeyManagementService
    ) throws(KeyServiceError) -> MessageBody {
        try service.listAliases(of: key, limit: limit, marker: marker)
            .answer(Member.aliases) { alias, writer in
                writer.put(Member.aliasName, alias.name.description)
                writer.put(Member.aliasARN, alias.arn)
                writer.put(Member.targetKeyID, alias.target.key.description)
                writer.put(Member.creationDate, time: alias.created)
                writer.put(Member.lastUpdatedDate, time: alias.updated)
            }
    }

    /// Leaves out aliases that stand for no key yet, as Amazon's own may.
    package static func answer(_ body: Span<UInt8>) throws(KeyServiceError) -> Page<KeyAlias> {
        try Page(body, Member.aliases) { alias throws(KeyServiceError) in
            guard let name = AliasName(try alias.text(Member.aliasName) ?? ""),
                let id = KeyID(try alias.text(Member.targetKeyID) ?? "")
            else { return nil }
            let arn = try alias.required(try alias.text(Member.aliasARN), Member.aliasARN)
            let fields = arn.split(separator: ":", omittingEmptySubsequences: false)
            guard fields.count == 6, let account = AccountID(String(fields[4])) else {
                throw KeyServiceError(
                    .serialization, "Member '\(Member.aliasARN)' is not the ARN of an alias.")
            }
            let created = try alias.time(Member.creationDate) ?? 0
            return KeyAlias(
                name: name,
                target: KeyARN(region: String(fields[3]), account: account, key: id),
                created: created, updated: try alias.time(Member.lastUpdatedDate) ?? created)
        }
    }
}

package import OKMS

package struct CreateAliasCall: AliasTargetCall {
    package static let action = KeyAction.createAlias
    package let alias: AliasName
    package let key: KeyName

    package init(_ alias: AliasName, for key: KeyName) {
        self.alias = alias
        self.key = key
    }

    package func perform(
        on service: any KeyManagementService
    ) throws(KeyServiceError) -> MessageBody {
        try service.createAlias(alias, for: key)
        return .nothing
    }
}

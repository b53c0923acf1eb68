package import OKMS

package struct UpdateAliasCall: AliasTargetCall {
    package static let action = KeyAction.updateAlias
    package let alias: AliasName
    package let key: KeyName

    package init(_ alias: AliasName, for key: KeyName) {
        self.alias = alias
        self.key = key
    }

    package func perform(
        on service: any KeyManagementService
    ) throws(KeyServiceError) -> MessageBody {
        try service.updateAlias(alias, to: key)
        return .nothing
    }
}

package import OKMS

package struct DisableKeyCall: KeyCall {
    package static let action = KeyAction.disableKey
    package let key: KeyName

    package init(_ key: KeyName) { self.key = key }

    package func perform(
        on service: any KeyManagementService
    ) throws(KeyServiceError) -> MessageBody {
        try service.disableKey(key)
        return .nothing
    }
}

package import OKMS

package struct EnableKeyCall: KeyCall {
    package static let action = KeyAction.enableKey
    package let key: KeyName

    package init(_ key: KeyName) { self.key = key }

    package func perform(
        on service: any KeyManagementService
    ) throws(KeyServiceError) -> MessageBody {
        try service.enableKey(key)
        return .nothing
    }
}

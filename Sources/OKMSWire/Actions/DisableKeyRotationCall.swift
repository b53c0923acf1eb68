package import OKMS

package struct DisableKeyRotationCall: KeyCall {
    package static let action = KeyAction.disableKeyRotation
    package let key: KeyName

    package init(_ key: KeyName) { self.key = key }

    package func perform(
        on service: any KeyManagementService
    ) throws(KeyServiceError) -> MessageBody {
        try service.disableKeyRotation(key)
        return .nothing
    }
}

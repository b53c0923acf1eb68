package import OKMS

/// A request as a server gets it, read and checked as far as the wire goes.
package struct WireRequest: Sendable {
    package let call: any WireCall
    /// Members that the action does not know; for the audit trail.
    package let unknownMembers: [String]

    /// The value of `X-Amz-Target` before the name of the action.
    package static let targetPrefix = "TrentService."
    package static let contentType = "application/x-amz-json-1.1"

    /// Throws `unknownOperation`.
    package static func action(target: String?) throws(KeyServiceError) -> KeyAction {
        guard let target, target.utf8.starts(with: targetPrefix.utf8),
            let action = KeyAction(rawValue: String(target.dropFirst(targetPrefix.count)))
        else {
            throw KeyServiceError(
                .unknownOperation, "Header 'X-Amz-Target' does not name an action of this service.")
        }
        return action
    }

    /// Throws `serialization`, `validation`, and what stands for members that are not served.
    package init(_ action: KeyAction, body: Span<UInt8>) throws(KeyServiceError) {
        var members = try MessageReader(body)
        call = try Self.type(of: action).init(&members, body)
        unknownMembers = members.rest
    }

    private static func type(of action: KeyAction) -> any WireCall.Type {
        switch action {
        case .createKey: CreateKeyCall.self
        case .describeKey: DescribeKeyCall.self
        case .listKeys: ListKeysCall.self
        case .enableKey: EnableKeyCall.self
        case .disableKey: DisableKeyCall.self
        case .updateKeyDescription: UpdateKeyDescriptionCall.self
        case .scheduleKeyDeletion: ScheduleKeyDeletionCall.self
        case .cancelKeyDeletion: CancelKeyDeletionCall.self
        case .tagResource: TagResourceCall.self
        case .untagResource: UntagResourceCall.self
        case .listResourceTags: ListResourceTagsCall.self
        case .createAlias: CreateAliasCall.self
        case .updateAlias: UpdateAliasCall.self
        case .deleteAlias: DeleteAliasCall.self
        case .listAliases: ListAliasesCall.self
        case .rotateKeyOnDemand: RotateKeyOnDemandCall.self
        case .enableKeyRotation: EnableKeyRotationCall.self
        case .disableKeyRotation: DisableKeyRotationCall.self
        case .getKeyRotationStatus: GetKeyRotationStatusCall.self
        case .listKeyRotations: ListKeyRotationsCall.self
        case .encrypt: EncryptCall.self
        case .decrypt: DecryptCall.self
        case .reEncrypt: ReEncryptCall.self
        case .generateDataKey: GenerateDataKeyCall.self
        case .generateDataKeyWithoutPlaintext: GenerateDataKeyWithoutPlaintextCall.self
        case .generateRandom: GenerateRandomCall.self
        }
    }
}

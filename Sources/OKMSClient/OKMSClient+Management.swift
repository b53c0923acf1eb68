import Locking
package import OKMS
import OKMSWire

/// Management.
extension OKMSClient {
    package func createKey(
        description: String, tags: [KeyTag]
    ) throws(KeyServiceError) -> KeyMetadata {
        try answer(
            to: CreateKeyCall(description: description, tags: tags), CreateKeyCall.answer)
    }

    package func describeKey(_ key: KeyName) throws(KeyServiceError) -> KeyMetadata {
        let metadata = try naming(key) { () throws(KeyServiceError) in
            try answer(to: DescribeKeyCall(key), DescribeKeyCall.answer)
        }
        if case .accountDefault = key { accountDefault.update { $0 = .key(metadata.arn) } }
        return KeyMetadata(
            arn: metadata.arn, created: metadata.created, description: metadata.description,
            state: metadata.state, deletionDate: metadata.deletionDate,
            isAccountDefault: try isAccountDefault(metadata.arn))
    }

    /// The wire does not say which key is the default one: its alias does.
    private func isAccountDefault(_ key: KeyARN) throws(KeyServiceError) -> Bool {
        switch accountDefault.read({ $0 }) {
        case .key(let arn): return arn == key
        case .none: return false
        case .unknown:
            do throws(KeyServiceError) {
                let found = try answer(to: DescribeKeyCall(.accountDefault), DescribeKeyCall.answer)
                accountDefault.update { $0 = .key(found.arn) }
                return found.arn == key
            } catch {
                guard !error.code.isPassing else { throw error }
                accountDefault.update { $0 = .none }
                return false
            }
        }
    }

    package func listKeys(limit: Int?, marker: String?) throws(KeyServiceError) -> Page<KeyARN> {
        try answer(to: ListKeysCall(limit: limit, marker: marker), ListKeysCall.answer)
    }

    package func enableKey(_ key: KeyName) throws(KeyServiceError) {
        try make(EnableKeyCall(key))
    }

    package func disableKey(_ key: KeyName) throws(KeyServiceError) {
        try make(DisableKeyCall(key))
    }

    package func updateKeyDescription(
        _ key: KeyName, to description: String
    ) throws(KeyServiceError) {
        try make(UpdateKeyDescriptionCall(key, to: description))
    }

    package func scheduleKeyDeletion(
        _ key: KeyName, windowDays: Int?
    ) throws(KeyServiceError) -> ScheduledDeletion {
        let call = ScheduleKeyDeletionCall(key, windowDays: windowDays)
        return try answer(to: call) { body throws(KeyServiceError) in try call.answer(body) }
    }

    package func cancelKeyDeletion(_ key: KeyName) throws(KeyServiceError) -> KeyARN {
        try answer(to: CancelKeyDeletionCall(key), CancelKeyDeletionCall.answer)
    }

    package func tagResource(_ key: KeyName, tags: [KeyTag]) throws(KeyServiceError) {
        try make(TagResourceCall(key, tags: tags))
    }

    package func untagResource(_ key: KeyName, keys: [String]) throws(KeyServiceError) {
        try make(UntagResourceCall(key, keys: keys))
    }

    package func listResourceTags(
        _ key: KeyName, limit: Int?, marker: String?
    ) throws(KeyServiceError) -> Page<KeyTag> {
        try answer(
            to: ListResourceTagsCall(key, limit: limit, marker: marker),
            ListResourceTagsCall.answer)
    }

    package func createAlias(_ alias: AliasName, for key: KeyName) throws(KeyServiceError) {
        try make(CreateAliasCall(alias, for: key))
    }

    package func updateAlias(_ alias: AliasName, to key: KeyName) throws(KeyServiceError) {
        try make(UpdateAliasCall(alias, for: key))
    }

    package func deleteAlias(_ alias: AliasName) throws(KeyServiceError) {
        try make(DeleteAliasCall(alias))
    }

    package func listAliases(
        of key: KeyName?, limit: Int?, marker: String?
    ) throws(KeyServiceError) -> Page<KeyAlias> {
        try answer(
            to: ListAliasesCall(of: key, limit: limit, marker: marker), ListAliasesCall.answer)
    }

    package func rotateKeyOnDemand(_ key: KeyName) throws(KeyServiceError) -> KeyARN {
        try answer(to: RotateKeyOnDemandCall(key), RotateKeyOnDemandCall.answer)
    }

    package func enableKeyRotation(_ key: KeyName, periodDays: Int?) throws(KeyServiceError) {
        try make(EnableKeyRotationCall(key, periodDays: periodDays))
    }

    package func disableKeyRotation(_ key: KeyName) throws(KeyServiceError) {
        try make(DisableKeyRotationCall(key))
    }

    package func keyRotationStatus(
        of key: KeyName
    ) throws(KeyServiceError) -> KeyRotationStatus {
        try answer(to: GetKeyRotationStatusCall(key), GetKeyRotationStatusCall.answer)
    }

    package func listKeyRotations(
        of key: KeyName, limit: Int?, marker: String?
    ) throws(KeyServiceError) -> Page<KeyRotation> {
        try answer(
            to: ListKeyRotationsCall(of: key, limit: limit, marker: marker),
            ListKeyRotationsCall.answer)
    }
}

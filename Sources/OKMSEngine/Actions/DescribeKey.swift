package import OKMS

extension OKMSEngine {
    package func describeKey(_ key: KeyName) throws(KeyServiceError) -> KeyMetadata {
        try answering {
            let key = try store.read { try find(key, in: $0) }
            return KeyMetadata(
                arn: arn(of: key.id), created: key.created, description: key.description,
                state: key.state, deletionDate: key.deletionDate,
                isAccountDefault: key.isAccountDefault)
        }
    }
}

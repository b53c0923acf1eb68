package import OKMS

extension AccountService {
    package func describeKey(_ key: KeyName) throws(KeyServiceError) -> KeyMetadata {
        try perform(.describeKey) { call in
            let key = try find(key, for: call)
            call.key = arn(of: key.id)
            return KeyMetadata(
                arn: arn(of: key.id), created: key.created, description: key.description,
                state: key.state, deletionDate: key.deletionDate,
                isAccountDefault: key.isAccountDefault)
        }
    }
}

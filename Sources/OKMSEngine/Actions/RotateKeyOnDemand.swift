package import OKMS

extension AccountService {
    static let maximumRotationCount = 25

    package func rotateKeyOnDemand(_ key: KeyName) throws(KeyServiceError) -> KeyARN {
        try perform(.rotateKeyOnDemand) { call in
            let id = try managedID(of: key)
            try engine.rotate(id, cause: .onDemand) { db in
                let key = try findManaged(id, in: db, for: &call)
                try checkUsable(key)
                guard key.onDemandRotationCount < Self.maximumRotationCount else {
                    throw KeyServiceError(
                        .limitExceeded,
                        "\(arn(of: id)) was rotated on demand \(Self.maximumRotationCount) times "
                            + "already")
                }
                return key
            }
            return arn(of: id)
        }
    }
}

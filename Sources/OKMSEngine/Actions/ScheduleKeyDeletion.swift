package import OKMS

extension AccountService {
    package func scheduleKeyDeletion(
        _ key: KeyName, windowDays: Int?
    ) throws(KeyServiceError) -> ScheduledDeletion {
        try perform(.scheduleKeyDeletion) { call in
            let days = windowDays ?? 30
            try check(days, "pendingWindowInDays", isWithin: Self.deletionWindows)
            return try change(key, for: &call) { db, key in
                guard !key.isAccountDefault else {
                    throw KeyServiceError(
                        .unsupportedOperation,
                        "\(arn(of: key.id)) is the account's default key, which is never deleted")
                }
                let date = engine.settings.now() + Double(days) * 86_400
                try key.setState(db, to: .pendingDeletion, deletionDate: date)
                return ScheduledDeletion(
                    key: arn(of: key.id), deletionDate: date, windowDays: days)
            }
        }
    }
}

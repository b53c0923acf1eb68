package import OKMS

extension AccountService {
    package func enableKeyRotation(_ key: KeyName, periodDays: Int?) throws(KeyServiceError) {
        try perform(.enableKeyRotation) { call in
            let days = periodDays ?? 365
            try check(days, "rotationPeriodInDays", isWithin: Self.rotationPeriods)
            try change(key, for: &call) { db, key in
                try checkUsable(key)
                // Whoever enables what is enabled does not put the next rotation off.
                guard key.rotationDays != days else { return }
                try key.setRotation(db, days: days, now: engine.settings.now())
            }
        }
    }

    package func disableKeyRotation(_ key: KeyName) throws(KeyServiceError) {
        try perform(.disableKeyRotation) { call in
            try change(key, for: &call) { db, key in
                try checkUsable(key)
                try key.setRotation(db, days: nil, now: engine.settings.now())
            }
        }
    }
}

private import NIOConcurrencyHelpers
package import OKMS

/// What actions cost the service, and what is limited together.
package enum ActionClass: String, CaseIterable, Sendable {
    /// Uses a key.
    case cryptography
    /// Looks.
    case reading
    /// Writes to the store.
    case changing

    package init(_ action: KeyAction) {
        switch action {
        case .encrypt, .decrypt, .reEncrypt, .generateDataKey, .generateDataKeyWithoutPlaintext,
            .generateRandom:
            self = .cryptography
        default:
            let name = action.rawValue
            let looks = ["Describe", "List", "Get"].contains { name.hasPrefix($0) }
            self = looks ? .reading : .changing
        }
    }
}

/// How often an access key, and all those of an account together, may call, by class of action.
package final class RateLimits: Sendable {
    package static let defaults: [ActionClass: RateLimit] = [
        .cryptography: RateLimit(perSecond: 50_000),
        .reading: RateLimit(perSecond: 5_000),
        .changing: RateLimit(perSecond: 1_000),
    ]

    private struct Subject: Hashable {
        let name: String
        let actions: ActionClass
    }

    private let limits: [ActionClass: RateLimit]
    private let buckets = NIOLockedValueBox<[Subject: TokenBucket]>([:])
    private static let capacity = 10_000

    package init(_ limits: [ActionClass: RateLimit] = RateLimits.defaults) {
        self.limits = limits
    }

    /// Whether one more call is allowed. `now` is in seconds.
    package func allow(
        _ action: KeyAction, accessKey: String, account: AccountID, at now: Double
    ) -> Bool {
        let actions = ActionClass(action)
        guard let limit = limits[actions] else { return true }
        return buckets.withLockedValue { buckets in
            if buckets.count >= Self.capacity { forgetFull(&buckets, at: now) }
            // Both are taken from: a key that is over its limit uses up its account's no further.
            for name in [accessKey, account.description] {
                let subject = Subject(name: name, actions: actions)
                guard
                    buckets[subject, default: TokenBucket(full: limit, at: now)]
                        .take(limit, at: now)
                else { return false }
            }
            return true
        }
    }

    private func forgetFull(_ buckets: inout [Subject: TokenBucket], at now: Double) {
        buckets = buckets.filter { subject, bucket in
            limits[subject.actions].map { !bucket.isFull($0, at: now) } ?? false
        }
    }
}

import OKMS
import Testing

@testable import OKMSServer

@Suite struct RateLimitsTests {
    private let account = AccountID("123456789012")

    @Test func `a burst of two seconds' worth is allowed, then the rate`() throws {
        let limits = RateLimits([.cryptography: RateLimit(perSecond: 10)])
        let account = try #require(account)
        func calls(_ count: Int, at now: Double) -> Int {
            (0..<count).count { _ in
                limits.allow(.encrypt, accessKey: "A", account: account, at: now)
            }
        }
        #expect(calls(50, at: 0) == 20)
        #expect(calls(50, at: 1) == 10)
        #expect(calls(50, at: 1.05) == 0)
        #expect(calls(50, at: 1000) == 20)
        #expect(calls(1, at: 0) == 0, "a clock that jumps back gives nothing")
    }

    @Test func `the access keys of an account share its limit`() throws {
        let limits = RateLimits([.reading: RateLimit(perSecond: 5)])
        let account = try #require(account)
        let other = try #require(AccountID("210987654321"))
        let allowed = (0..<20).count { number in
            limits.allow(.listKeys, accessKey: "\(number)", account: account, at: 0)
        }
        #expect(allowed == 10)
        #expect(limits.allow(.listKeys, accessKey: "B", account: other, at: 0))
    }

    @Test func `each class of actions has a limit of its own`() throws {
        let limits = RateLimits([
            .cryptography: RateLimit(perSecond: 1), .changing: RateLimit(perSecond: 1),
        ])
        let account = try #require(account)
        while limits.allow(.decrypt, accessKey: "A", account: account, at: 0) {}
        #expect(limits.allow(.createKey, accessKey: "A", account: account, at: 0))
        #expect(limits.allow(.describeKey, accessKey: "A", account: account, at: 0))
    }

    @Test func `every action has the class it belongs to`() {
        let classes = Dictionary(grouping: KeyAction.allCases, by: ActionClass.init)
        #expect(classes[.cryptography]?.count == 6)
        #expect(ActionClass(.getKeyRotationStatus) == .reading)
        #expect(ActionClass(.listAliases) == .reading)
        #expect(ActionClass(.tagResource) == .changing)
        #expect(ActionClass(.enableKeyRotation) == .changing)
    }
}

import Testing

@testable import OKMSServer

@Suite struct LockoutTests {
    private let here = RequestSource("127.0.0.1")
    private let there = RequestSource("192.0.2.1")

    private func fail(
        _ lockout: Lockout, _ times: Int, accessKey: String = "A", from source: RequestSource,
        at now: Double
    ) {
        for _ in 0..<times { lockout.failed(accessKey: accessKey, source: source, at: now) }
    }

    @Test func `four failures in a row lock an access key for a minute`() {
        let lockout = Lockout()
        fail(lockout, 3, from: here, at: 0)
        #expect(!lockout.isLocked(accessKey: "A", source: here, at: 0))
        #expect(lockout.failed(accessKey: "A", source: here, at: 0))
        #expect(lockout.isLocked(accessKey: "A", source: here, at: 59.9))
        #expect(lockout.isLocked(accessKey: "A", source: there, at: 59.9))
        #expect(!lockout.isLocked(accessKey: "A", source: here, at: 60))
        #expect(!lockout.isLocked(accessKey: "B", source: here, at: 0))
    }

    @Test func `every further four lock a minute longer, ten at most`() {
        let lockout = Lockout()
        var now = 0.0
        for minutes in [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 10, 10] {
            fail(lockout, 4, from: here, at: now)
            let end = now + Double(minutes) * 60
            #expect(lockout.isLocked(accessKey: "A", source: here, at: end - 0.1))
            #expect(!lockout.isLocked(accessKey: "A", source: here, at: end))
            now = end
        }
    }

    @Test func `a success forgets the failures`() {
        let lockout = Lockout()
        fail(lockout, 3, from: here, at: 0)
        lockout.succeeded(accessKey: "A", source: here)
        fail(lockout, 3, from: here, at: 1)
        #expect(!lockout.isLocked(accessKey: "A", source: here, at: 1))
    }

    @Test func `an origin is locked whatever access keys it tries`() {
        let lockout = Lockout()
        for name in ["A", "B", "C", "D"] {
            lockout.failed(accessKey: name, source: there, at: 0)
        }
        #expect(lockout.isLocked(accessKey: "E", source: there, at: 1))
        #expect(!lockout.isLocked(accessKey: "E", source: RequestSource("192.0.2.2"), at: 1))
    }

    @Test func `loopback is no origin`() {
        let lockout = Lockout()
        for name in ["A", "B", "C", "D", "E"] {
            lockout.failed(accessKey: name, source: here, at: 0)
        }
        #expect(!lockout.isLocked(accessKey: "F", source: here, at: 1))
    }

    @Test func `the addresses of one network are one origin`() {
        #expect(RequestSource("2001:db8::1").origin == RequestSource("2001:db8::ffff:2").origin)
        #expect(RequestSource("2001:db8::1").origin != RequestSource("2001:db8:0:1::1").origin)
        let mapped = [RequestSource("::ffff:192.0.2.1"), RequestSource("::ffff:192.0.2.2")]
        #expect(mapped.map(\.origin) == ["192.0.2.1", "192.0.2.2"])
        #expect(RequestSource("2001:db8:0:1::ffff:2").origin == "2001:db8:0:1::/64")
    }

    @Test func `only so many offenders are remembered, the latest ones`() {
        let lockout = Lockout(capacity: 100)
        for number in 0..<1000 {
            lockout.failed(accessKey: "\(number)", source: here, at: Double(number))
        }
        fail(lockout, 4, accessKey: "last", from: here, at: 1000)
        #expect(lockout.isLocked(accessKey: "last", source: here, at: 1001))
    }

    @Test func `whoever is locked is not forgotten for the noise of others`() {
        let lockout = Lockout(capacity: 100)
        fail(lockout, 4, from: here, at: 0)
        fail(lockout, 4, accessKey: "B", from: there, at: 0)
        for number in 0..<1000 {
            let source = RequestSource("198.51.\(number / 250).\(number % 250)")
            lockout.failed(accessKey: nil, source: source, at: 1)
        }
        #expect(lockout.isLocked(accessKey: "A", source: here, at: 2))
        #expect(lockout.isLocked(accessKey: "C", source: there, at: 2))
    }

    @Test func `an access key that nobody has is not remembered`() {
        let lockout = Lockout()
        for _ in 0..<8 { lockout.failed(accessKey: nil, source: here, at: 0) }
        #expect(!lockout.isLocked(accessKey: "A", source: here, at: 0))
    }
}

import LibCrypto
import OKMSWire
import Testing

/// What is kept of access keys' secrets, and for how long.
@Suite struct SigningKeyCacheTests {
    private func scope(day: String) -> CredentialScope {
        CredentialScope(day: day, region: "eu-west-2", service: "kms")
    }

    private func key(_ id: String, day: String, in cache: SigningKeyCache) throws -> SigningKey {
        try cache.key(of: id, in: scope(day: day), secret: secret("sesame"))
    }

    @Test func `a key is derived once, and again when it was forgotten`() throws {
        let cache = SigningKeyCache()
        let (one, other) = (
            try key("A", day: "20260102", in: cache), try key("B", day: "20260102", in: cache)
        )
        #expect(try key("A", day: "20260102", in: cache) === one)
        cache.forget("A")
        #expect(try key("A", day: "20260102", in: cache) !== one)
        #expect(try key("B", day: "20260102", in: cache) === other)
    }

    @Test func `the key of another day takes the place of the last one, which is wiped`() throws {
        let cache = SigningKeyCache()
        weak let old = try key("A", day: "20260102", in: cache)
        #expect(old != nil)
        let new = try key("A", day: "20260103", in: cache)
        #expect(new.scope.day == "20260103")
        #expect(old == nil)
    }

    @Test func `no more than so many are kept`() throws {
        let cache = SigningKeyCache(capacity: 2)
        weak let first = try key("A", day: "20260102", in: cache)
        _ = try key("B", day: "20260102", in: cache)
        _ = try key("B", day: "20260103", in: cache)
        #expect(first != nil)
        _ = try key("C", day: "20260102", in: cache)
        #expect(first == nil)
    }
}

import OKMS
import OKMSConformance
import Testing

@testable import OKMSEngine

@Suite struct AccountTests {
    private func withAccounts(
        _ body: (OKMSEngine, AccountService, AccountService) throws -> Void
    ) throws {
        try withTemporaryDirectory { directory in
            let engine = try OKMSEngine(store: directory)
            let other = try engine.createAccount().id
            try body(
                engine, engine.service(), engine.service(for: other, caller: .thisProcess()))
        }
    }

    @Test func `each account has its default key, keys and quota`() throws {
        try withAccounts { engine, one, other in
            let accounts = try engine.accounts()
            #expect(accounts.map(\.id) == [one.account, other.account])
            #expect(accounts.map(\.keyQuota) == [20, 20])
            #expect(accounts.map(\.keyCount) == [1, 1])
            #expect(
                try accounts.map(\.defaultKey)
                    == [one, other].map { try $0.describeKey(.accountDefault).arn })
            _ = try one.createKey(description: "")
            #expect(try one.allKeys().count == 2)
            #expect(try other.allKeys().count == 1)
            #expect(try engine.setKeyQuota(of: other.account, to: 1).keyQuota == 1)
            expect(.limitExceeded) { try other.createKey(description: "") }
            _ = try one.createKey(description: "")
        }
    }

    @Test func `a ciphertext of another account is like one of nobody, in every word`() throws {
        try withAccounts { _, one, other in
            let blob = try one.encrypt(secret(1...4), under: .accountDefault, context: .empty)
            var unknown = blob.ciphertext
            unknown[10] ^= 1
            let foreign = words {
                _ = try other.decrypt(blob.ciphertext, under: nil, context: .empty)
            }
            let nobody = words { _ = try other.decrypt(unknown, under: nil, context: .empty) }
            #expect(foreign == nobody)
            #expect(foreign?.hasPrefix("AccessDenied") == true)
        }
    }

    @Test func `a key of another account is like a missing one, in every word`() throws {
        try withAccounts { _, one, other in
            let arn = try one.describeKey(.accountDefault).arn
            let same = KeyARN(region: arn.region, account: other.account, key: arn.key)
            let text = "NotFoundException: Key '\(same)' does not exist"
            for name in [KeyName.id(arn.key), .arn(same)] {
                let described = words { _ = try other.describeKey(name) }
                #expect(described == text)
                let disabled = words { try other.disableKey(name) }
                #expect(disabled == text)
            }
            let alias = try #require(AliasName("alias/a"))
            expect(.notFound) { try other.describeKey(.arn(arn)) }
            expect(.notFound) { try other.createAlias(alias, for: .id(arn.key)) }
        }
    }

    @Test func `aliases of one account say nothing in another`() throws {
        try withAccounts { _, one, other in
            let alias = try #require(AliasName("alias/orders"))
            let key = try one.createKey(description: "").arn
            try one.createAlias(alias, for: .arn(key))
            expect(.notFound) { try other.describeKey(.alias(alias)) }
            try other.createAlias(
                alias, for: .arn(other.describeKey(.accountDefault).arn))
            #expect(try one.describeKey(.alias(alias)).arn == key)
        }
    }

    @Test func `an unknown account is served by nobody, a bad quota is refused`() throws {
        try withTemporaryDirectory { directory in
            let engine = try OKMSEngine(store: directory)
            let stranger = try #require(AccountID("000000000001"))
            expect(.accessDenied) { try engine.service(for: stranger, caller: .thisProcess()) }
            expect(.notFound) { try engine.setKeyQuota(of: stranger, to: 3) }
            expect(.notFound) { try engine.createAccessKey(for: stranger) }
            for quota in [-1, 0, 1_000_001] {
                expect(.validation) { try engine.createAccount(keyQuota: quota) }
                expect(.validation) { try engine.setKeyQuota(of: engine.defaultAccount, to: quota) }
            }
            #expect(try engine.createAccount(keyQuota: 7).keyQuota == 7)
        }
    }

    private func words(_ body: () throws -> Void) -> String? {
        do {
            try body()
            return nil
        } catch {
            return (error as? KeyServiceError).map { "\($0.code.rawValue): \($0.message)" }
        }
    }
}

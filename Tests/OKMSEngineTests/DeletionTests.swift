import Locking
import FoundationEssentials
import GRDB
import LibCrypto
import OKMS
import OKMSConformance
import Testing

@testable import OKMSEngine

/// What becomes of a key whose waiting period is over.
@Suite struct DeletionTests {
    private let clock = TestClock()

    private func withDoomedKey(
        _ body: (AccountService, KeyARN, [UInt8]) throws -> Void
    ) throws {
        try withTemporaryDirectory { directory in
            let service = try OKMSEngine(store: directory, settings: clock.settings).service()
            let key = try service.createKey(
                description: "", tags: [KeyTag(key: "a", value: "b")]
            ).arn
            try service.createAlias(#require(AliasName("alias/doomed")), for: .arn(key))
            _ = try service.rotateKeyOnDemand(.arn(key))
            let blob = try service.encrypt(secret(1...4), under: .arn(key), context: .empty)
            let scheduled = try service.scheduleKeyDeletion(.arn(key), windowDays: 7)
            #expect(scheduled.deletionDate == clock.now + 7 * 86_400)
            try body(service, key, blob.ciphertext)
        }
    }

    @Test func `until its date a key is there, and can be saved`() throws {
        try withDoomedKey { service, key, blob in
            clock.advance(days: 6.99)
            #expect(try service.engine.destroyDueKeys() == [])
            #expect(try service.cancelKeyDeletion(.arn(key)) == key)
            try service.enableKey(.arn(key))
            clock.advance(days: 100)
            #expect(try service.engine.destroyDueKeys() == [])
            _ = try service.decrypt(blob, under: nil, context: .empty)
        }
    }

    @Test func `after its date a key is not found, and its ciphertexts are opened by nobody`()
        throws
    {
        try withDoomedKey { service, key, blob in
            clock.advance(days: 7)
            expect(.accessDenied) { try service.decrypt(blob, under: nil, context: .empty) }
            expect(.notFound) { try service.decrypt(blob, under: .arn(key), context: .empty) }
            expect(.notFound) { try service.describeKey(.arn(key)) }
            expect(.notFound) { try service.cancelKeyDeletion(.arn(key)) }
            let alias = try #require(AliasName("alias/doomed"))
            expect(.notFound) { try service.describeKey(.alias(alias)) }
            #expect(try !service.allKeys().contains(key))
        }
    }

    @Test func `use sweeps: nothing of a key past its date is left in the store`() throws {
        try withDoomedKey { service, key, _ in
            clock.advance(days: 8)
            _ = try service.describeKey(.accountDefault)
            let left = try service.store.read { db in
                try ["key_material", "tag", "alias"].map { table in
                    try Int.fetchOne(
                        db, sql: "SELECT count(*) FROM \(table) WHERE key = ?",
                        arguments: [Data(key.key.bytes)])
                }
            }
            #expect(left == [0, 0, 0])
            #expect(try service.engine.destroyDueKeys() == [])
        }
    }

    @Test func `material is destroyed in the module before the store forgets it`() throws {
        try withTemporaryDirectory { directory in
            let module = try WatchedModule()
            let engine = try OKMSEngine(
                store: directory, region: "eu-west-2", createIfMissing: true,
                settings: clock.settings
            ) { _ in module }
            let service = engine.service()
            let key = try service.createKey(description: "").arn
            _ = try service.rotateKeyOnDemand(.arn(key))
            _ = try service.scheduleKeyDeletion(.arn(key), windowDays: 7)
            clock.advance(days: 7)
            module.broken.update { $0 = [key.key] }
            expect(.unavailable) { try engine.destroyDueKeys() }
            // Gone for callers, though the module has not done its part.
            expect(.notFound) { try service.describeKey(.arn(key)) }
            _ = try service.generateDataKey(byteCount: 32, under: .accountDefault, context: .empty)
            module.broken.update { $0 = [] }
            #expect(try engine.destroyDueKeys() == [key])
            #expect(
                module.destroyed.read { $0 }.map(\.version) == [1, 2]
                    && module.destroyed.read { $0 }.allSatisfy { $0.key == key.key })
        }
    }

    @Test func `a destroyed token is nowhere in the store's files`() throws {
        try withTemporaryDirectory { directory in
            let service = try OKMSEngine(store: directory, settings: clock.settings).service()
            let key = try service.createKey(description: "").arn
            let token = try #require(
                service.store.read { try StoredMaterial.all($0, of: key.key) }.first?.token)
            _ = try service.scheduleKeyDeletion(.arn(key), windowDays: 7)
            clock.advance(days: 7)
            #expect(try service.engine.destroyDueKeys() == [key])
            for name in try FileManager.default.contentsOfDirectory(atPath: directory) {
                let file = try Data(contentsOf: URL(filePath: "\(directory)/\(name)"))
                #expect(file.firstRange(of: Data(token)) == nil, "\(name)")
            }
        }
    }
}

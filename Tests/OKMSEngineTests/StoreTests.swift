import Locking
import Dispatch
import FoundationEssentials
import Glibc
import GRDB
import LibCrypto
import OKMS
import OKMSConformance
import Testing

@testable import OKMSEngine

@Suite struct StoreTests {
    @Test func `a store is made with its account and default key, for its owner alone`() throws {
        try withTemporaryDirectory { directory in
            let store = directory + "/a/b"
            let engine = try OKMSEngine(store: store).service()
            #expect(engine.account.description.first != "0")
            #expect(engine.region == "eu-west-2")
            #expect(try engine.allKeys().count == 1)
            let files = FileManager.default
            for path in ["/a", "/a/b"] {
                let attributes = try files.attributesOfItem(atPath: directory + path)
                #expect(attributes[.posixPermissions] as? Int == 0o700)
            }
            let names = try files.contentsOfDirectory(atPath: store)
            #expect(Set(names).isSuperset(of: ["okms.sqlite", "okms.sqlite-wal", "root.key"]))
            for name in names {
                let attributes = try files.attributesOfItem(atPath: "\(store)/\(name)")
                #expect(attributes[.posixPermissions] as? Int == 0o600, "\(name)")
            }
        }
    }

    @Test func `a copy of the file alone has every key`() throws {
        try withTemporaryDirectory { directory in
            let (store, copy) = (directory + "/store", directory + "/copy")
            let engine = try OKMSEngine(store: store)
            let service = engine.service()
            let key = try service.createKey(description: "").arn
            _ = try service.rotateKeyOnDemand(.arn(key))
            let wrapped = try service.generateDataKey(
                byteCount: 32, under: .arn(key), context: .empty
            ).wrapped
            let files = FileManager.default
            try files.createDirectory(
                atPath: copy, withIntermediateDirectories: false,
                attributes: [.posixPermissions: 0o700])
            for name in ["okms.sqlite", "root.key"] {
                try files.copyItem(atPath: "\(store)/\(name)", toPath: "\(copy)/\(name)")
            }
            let other = try OKMSEngine(store: copy, createIfMissing: false)
            #expect(!other.isNew && other.defaultAccount == engine.defaultAccount)
            _ = try other.service().decrypt(
                wrapped.ciphertext, under: nil, context: .empty, dryRun: false)
        }
    }

    @Test func `commits are synced to a write-ahead log`() throws {
        try withTemporaryDirectory { directory in
            let store = try OKMSEngine(store: directory).service().store
            let (journal, synchronous, secure) = try store.write { db in
                (
                    try String.fetchOne(db, sql: "PRAGMA journal_mode"),
                    try Int.fetchOne(db, sql: "PRAGMA synchronous"),
                    try Int.fetchOne(db, sql: "PRAGMA secure_delete")
                )
            }
            #expect(journal == "wal")
            #expect(synchronous == 2)
            #expect(secure == 1)
        }
    }

    @Test func `everything is there after reopening`() throws {
        try withTemporaryDirectory { directory in
            let context = try EncryptionContext([("dataset", "orders")])
            var expected: [KeyMetadata] = []
            var account: AccountID?
            var blob: [UInt8] = []
            do {
                let engine = try OKMSEngine(store: directory).service()
                let key = try engine.createKey(description: "orders").arn
                blob = try engine.encrypt(secret(1...9), under: .arn(key), context: context)
                    .ciphertext
                try engine.disableKey(.arn(engine.describeKey(.accountDefault).arn))
                account = engine.account
                expected = try engine.allKeys().map { try engine.describeKey(.arn($0)) }
            }
            let engine = try OKMSEngine(store: directory, createIfMissing: false).service()
            #expect(engine.account == account)
            #expect(try engine.allKeys().map { try engine.describeKey(.arn($0)) } == expected)
            let opened = try engine.decrypt(blob, under: nil, context: context)
            #expect(bytes(opened.plaintext) == Array(1...9))
        }
    }

    @Test func `two engines on one store see each other's changes at once`() throws {
        try withTemporaryDirectory { directory in
            let one = try OKMSEngine(store: directory).service()
            let other = try OKMSEngine(store: directory).service()
            let key = try one.createKey(description: "shared").arn
            #expect(try other.describeKey(.arn(key)).description == "shared")
            let wrapped = try other.encrypt(secret(1...4), under: .arn(key), context: .empty)
            try other.disableKey(.arn(key))
            expect(.disabled) { try one.decrypt(wrapped.ciphertext, under: nil, context: .empty) }
            try one.enableKey(.arn(key))
            _ = try other.decrypt(wrapped.ciphertext, under: nil, context: .empty)
            let page = try one.listKeys(limit: 1, marker: nil)
            #expect(try other.listKeys(limit: 1, marker: page.nextMarker).elements == [key])
        }
    }

    @Test func `engines that make a store at the same moment make one`() throws {
        try withTemporaryDirectory { directory in
            let accounts = Monitor<[AccountID]>([])
            let failures = Monitor<[String]>([])
            DispatchQueue.concurrentPerform(iterations: 8) { _ in
                do {
                    let engine = try OKMSEngine(store: directory + "/new/store").service()
                    _ = try engine.generateDataKey(
                        byteCount: 32, under: .accountDefault, context: .empty)
                    accounts.update { $0.append(engine.account) }
                } catch {
                    failures.update { $0.append("\(error)") }
                }
            }
            #expect(failures.read { $0 } == [])
            #expect(accounts.update { Set($0).count } == 1)
            #expect(accounts.read { $0.count } == 8)
            let keys = try OKMSEngine(store: directory + "/new/store").service().allKeys()
            #expect(keys.count == 1)
        }
    }

    @Test func `one engine serves several threads`() throws {
        try withTemporaryDirectory { directory in
            let engine = try OKMSEngine(store: directory).service()
            let failures = Monitor<[String]>([])
            DispatchQueue.concurrentPerform(iterations: 8) { _ in
                do {
                    for _ in 0..<50 {
                        let made = try engine.generateDataKey(
                            byteCount: 32, under: .accountDefault, context: .empty)
                        let opened = try engine.decrypt(
                            made.wrapped.ciphertext, under: nil, context: .empty)
                        #expect(bytes(opened.plaintext) == bytes(made.plaintext))
                    }
                } catch {
                    failures.update { $0.append("\(error)") }
                }
            }
            #expect(failures.read { $0 } == [])
        }
    }

    @Test func `a store of the first version gets everything that came since`() throws {
        try withTemporaryDirectory { directory in
            let rootKey = [UInt8](repeating: 7, count: 32)
            try Data(rootKey).write(to: URL(filePath: directory + "/root.key"))
            try FileManager.default.setAttributes(
                [.posixPermissions: 0o600], ofItemAtPath: directory + "/root.key")
            let hsm = try SoftwareHSM(rootKey: secret(rootKey), name: "old")
            let key = try KeyID.random()
            let material = try hsm.makeMaterial(for: key, version: 1)
            do {
                let old = try DatabasePool(path: directory + "/okms.sqlite")
                try Schema.migrator.migrate(old, upTo: "1 accounts, keys and their material")
                try old.write { db in
                    try db.execute(
                        sql: "INSERT INTO store VALUES (1, ?, zeroblob(32))",
                        arguments: [Data(hsm.identity)])
                    try db.execute(
                        sql: "INSERT INTO account VALUES ('123456789012', 'eu-west-2', 20, ?)",
                        arguments: [Data(key.bytes)])
                    try db.execute(
                        sql: """
                            INSERT INTO master_key
                            VALUES (?, '123456789012', 'old', 'Enabled', 1e9, NULL, 1)
                            """, arguments: [Data(key.bytes)])
                    try db.execute(
                        sql: "INSERT INTO key_material VALUES (?, 1, ?, 64)",
                        arguments: [Data(key.bytes), Data(material.token)])
                }
                try old.close()
            }
            // It remembers no audit trail yet, and may be verified as it is.
            #expect(try AuditTrail.verify(directory: directory).isIntact)
            let engine = try OKMSEngine(store: directory, createIfMissing: false)
            let service = engine.service()
            #expect(service.account.description == "123456789012")
            let alias = try #require(AliasName("alias/okms/default"))
            #expect(try service.describeKey(.alias(alias)).arn.key == key)
            let blob = try service.encrypt(secret(1...4), under: .accountDefault, context: .empty)
            let arn = try service.rotateKeyOnDemand(.id(key))
            try service.tagResource(.arn(arn), tags: [KeyTag(key: "a", value: "b")])
            _ = try service.decrypt(blob.ciphertext, under: nil, context: .empty)
            let id = try engine.createAccessKey(for: engine.defaultAccount).id
            let found = try OKMSEngine(store: directory).accessKey(id)
            #expect(found?.isActive == true)
            #expect(try engine.accounts().first?.created == 1e9)
        }
    }

    @Test(.enabled(if: geteuid() == 0, "only root makes files for others"))
    func `what root makes in a directory of another is the other's`() throws {
        try withTemporaryDirectory { directory in
            let store = directory + "/store"
            try #require(unsafe mkdir(store, 0o700) == 0 && chown(store, 65534, 65533) == 0)
            let engine = try OKMSEngine(store: store)
            try engine.claimServing()
            _ = try engine.service().describeKey(.accountDefault)
            let names = try FileManager.default.contentsOfDirectory(atPath: store)
            #expect(
                Set(names).isSuperset(of: ["audit.log", "okms.sqlite", "root.key", "serve.lock"]))
            for name in names {
                var status = stat()
                try #require(unsafe stat("\(store)/\(name)", &status) == 0)
                #expect(status.st_uid == 65534 && status.st_gid == 65533, "\(name)")
            }
            // A root key elsewhere stays with whom it was made by.
            try #require(unsafe chown(directory, 65534, 65533) == 0)
            let key = directory + "/key"
            _ = try OKMSEngine(store: directory + "/other", rootKeyFile: key)
            var status = stat()
            try #require(unsafe stat(key, &status) == 0)
            #expect(status.st_uid == 0)
        }
    }
}

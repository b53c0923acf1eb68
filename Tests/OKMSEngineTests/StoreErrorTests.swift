import FoundationEssentials
import GRDB
import OKMS
import OKMSConformance
import Testing

@testable import OKMSEngine

/// Every way in which a store refuses to be opened or used.
@Suite struct StoreErrorTests {
    private func refuses(_ expected: StoreError, _ open: () throws -> OKMSEngine) {
        #expect(throws: expected) { _ = try open() }
    }

    @Test func `a store that must be there is missed, and nothing is made`() throws {
        try withTemporaryDirectory { directory in
            for path in [directory, directory + "/none"] {
                refuses(.missing(directory: path)) {
                    try OKMSEngine(store: path, createIfMissing: false)
                }
            }
            let left = try FileManager.default.contentsOfDirectory(atPath: directory)
            #expect(left.isEmpty)
        }
    }

    @Test func `a file is no store directory`() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/file"
            try Data().write(to: URL(filePath: path))
            refuses(.cannotOpen(path: path, reason: "Not a directory")) {
                try OKMSEngine(store: path)
            }
        }
    }

    @Test func `a directory that everyone can write is refused`() throws {
        try withTemporaryDirectory { directory in
            try FileManager.default.setAttributes(
                [.posixPermissions: 0o777], ofItemAtPath: directory)
            refuses(.exposedDirectory(path: directory)) { try OKMSEngine(store: directory) }
        }
    }

    @Test func `a database readable by others is closed to them`() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/okms.sqlite"
            _ = try OKMSEngine(store: directory).service()
            let files = FileManager.default
            try files.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
            _ = try OKMSEngine(store: directory).service()
            let attributes = try files.attributesOfItem(atPath: path)
            #expect(attributes[.posixPermissions] as? Int == 0o600)
        }
    }

    @Test func `a file that is no database is damaged`() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/okms.sqlite"
            try Data([UInt8](repeating: 0x55, count: 8192)).write(to: URL(filePath: path))
            refuses(.damaged(path: path, reason: "file is not a database")) {
                try OKMSEngine(store: directory)
            }
        }
    }

    @Test func `a store of a later version is left alone`() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/okms.sqlite"
            try OKMSEngine(store: directory).store.write {
                try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('99 what is to come')")
            }
            refuses(.newer(path: path)) { try OKMSEngine(store: directory) }
        }
    }

    @Test func `a store belongs to its region`() throws {
        try withTemporaryDirectory { directory in
            let engine = try OKMSEngine(store: directory, region: "cloudgouv-eu-west-1").service()
            #expect(try engine.describeKey(.accountDefault).arn.region == "cloudgouv-eu-west-1")
            refuses(
                .otherRegion(
                    directory: directory, stored: "cloudgouv-eu-west-1", asked: "eu-west-2")
            ) { try OKMSEngine(store: directory) }
        }
    }

    @Test(arguments: ["", "eu west", "eu:west", "é"])
    func `what cannot stand in an ARN is no region`(region: String) throws {
        try withTemporaryDirectory { directory in
            refuses(.invalidRegion(region)) { try OKMSEngine(store: directory, region: region) }
        }
    }

    @Test func `a store held by another is reported, and served again afterwards`() throws {
        try withTemporaryDirectory { directory in
            var settings = OKMSEngine.Settings()
            settings.busyTimeoutSeconds = 0.02
            let engine = try OKMSEngine(store: directory, settings: settings).service()
            let other = try OKMSEngine(store: directory, settings: settings).service()
            try other.store.write { _ in
                expect(.unavailable) { try engine.createKey(description: "") }
                _ = try engine.describeKey(.accountDefault)
            }
            _ = try engine.createKey(description: "")

            let lock = try Directory(path: directory).lock(timeoutSeconds: 0)
            refuses(.locked(path: directory)) {
                try OKMSEngine(store: directory, settings: settings)
            }
            lock.release()
            _ = try OKMSEngine(store: directory, settings: settings).service()
        }
    }

    @Test func `altered material is a fault of the store, not of the ciphertext`() throws {
        try withTemporaryDirectory { directory in
            let engine = try OKMSEngine(store: directory).service()
            let blob = try engine.encrypt(secret([1]), under: .accountDefault, context: .empty)
            try engine.store.write {
                try $0.execute(sql: "UPDATE key_material SET token = zeroblob(60)")
            }
            expect(.internal) {
                try engine.decrypt(blob.ciphertext, under: nil, context: .empty)
            }
            expect(.internal) {
                try engine.encrypt(secret([1]), under: .accountDefault, context: .empty)
            }
        }
    }

    @Test func `an error of the store shows no value that was bound`() throws {
        try withTemporaryDirectory { directory in
            let store = try OKMSEngine(store: directory).service().store
            let error = #expect(throws: StoreError.self) {
                try store.write {
                    try $0.execute(
                        sql: "UPDATE account SET default_key = ?, region = ?",
                        arguments: [Data("hunter2".utf8), "hunter3"])
                    try $0.execute(
                        sql: "INSERT INTO store VALUES (?, ?, ?)",
                        arguments: [1, Data("hunter4".utf8), Data("hunter5".utf8)])
                }
            }
            #expect(error?.description.contains("hunter") == false)
            #expect(error?.description.contains(directory) == true)
        }
    }
}

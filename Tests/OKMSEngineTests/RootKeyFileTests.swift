import FoundationEssentials
import LibCrypto
import OKMS
import OKMSConformance
import Testing

@testable import OKMSEngine

@Suite struct RootKeyFileTests {
    private func write(_ count: Int, to path: String, mode: Int = 0o600) throws {
        try Data([UInt8](repeating: 7, count: count)).write(to: URL(filePath: path))
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
    }

    private func refuses(_ expected: StoreError, _ open: () throws -> OKMSEngine) {
        #expect(throws: expected) { _ = try open() }
        #expect(
            expected.description.contains("root key") || expected.description.contains("custody"))
    }

    @Test func `a root key is made on first use, for its owner alone`() throws {
        try withTemporaryDirectory { directory in
            _ = try OKMSEngine(store: directory).service()
            let path = directory + "/root.key"
            let attributes = try FileManager.default.attributesOfItem(atPath: path)
            #expect(attributes[.posixPermissions] as? Int == 0o600)
            let key = try Data(contentsOf: URL(filePath: path))
            #expect(key.count == 32)
            #expect(Set(key).count > 8)
            _ = try OKMSEngine(store: directory).service()
            #expect(try Data(contentsOf: URL(filePath: path)) == key)
        }
    }

    @Test func `a root key may lie elsewhere`() throws {
        try withTemporaryDirectory { directory in
            let (store, path) = (directory + "/store", directory + "/custody")
            let one = try OKMSEngine(store: store, rootKeyFile: path).service()
            let made = try one.generateDataKey(
                byteCount: 32, under: .accountDefault, context: .empty)
            #expect(!FileManager.default.fileExists(atPath: store + "/root.key"))
            let other = try OKMSEngine(store: store, rootKeyFile: path).service()
            _ = try other.decrypt(made.wrapped.ciphertext, under: nil, context: .empty)
            refuses(.rootKeyMissing(path: store + "/root.key")) { try OKMSEngine(store: store) }
        }
    }

    /// A kill between `link` and `unlink` leaves both names.
    @Test func `the name under which a root key was made goes, another file of that name stays`()
        throws
    {
        try withTemporaryDirectory { directory in
            _ = try OKMSEngine(store: directory)
            let (path, first) = (directory + "/root.key", directory + "/root.key.new")
            try FileManager.default.linkItem(atPath: path, toPath: first)
            _ = try OKMSEngine(store: directory)
            #expect(!FileManager.default.fileExists(atPath: first))
            try write(32, to: first)
            _ = try OKMSEngine(store: directory)
            #expect(FileManager.default.fileExists(atPath: first))
        }
    }

    @Test func `a root key that is there already is taken`() throws {
        try withTemporaryDirectory { directory in
            try write(32, to: directory + "/given", mode: 0o400)
            try FileManager.default.createSymbolicLink(
                atPath: directory + "/link", withDestinationPath: directory + "/given")
            let engine = try OKMSEngine(
                store: directory + "/store", rootKeyFile: directory + "/link")
            let same = try SoftwareHSM(
                rootKey: secret([UInt8](repeating: 7, count: 32)), name: "same")
            #expect(engine.hsm.identity == same.identity)
        }
    }

    @Test(arguments: [0o640, 0o604, 0o660, 0o644, 0o620, 0o602, 0o601])
    func `a root key open to group or others is refused`(mode: Int) throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/root.key"
            try write(32, to: path, mode: mode)
            refuses(.rootKeyExposed(path: path)) { try OKMSEngine(store: directory) }
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
            _ = try OKMSEngine(store: directory).service()
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
            refuses(.rootKeyExposed(path: path)) { try OKMSEngine(store: directory) }
        }
    }

    @Test(arguments: [0, 1, 31, 33, 64, 65])
    func `a root key of another length is refused`(count: Int) throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/root.key"
            try write(count, to: path)
            refuses(.rootKeyMalformed(path: path, byteCount: count, storeHasKeys: false)) {
                try OKMSEngine(store: directory)
            }
            try FileManager.default.removeItem(atPath: path)
            _ = try OKMSEngine(store: directory).service()
            try write(count, to: path)
            refuses(.rootKeyMalformed(path: path, byteCount: count, storeHasKeys: true)) {
                try OKMSEngine(store: directory)
            }
        }
    }

    @Test func `a missing root key is not made again`() throws {
        try withTemporaryDirectory { directory in
            _ = try OKMSEngine(store: directory).service()
            let path = directory + "/root.key"
            try FileManager.default.removeItem(atPath: path)
            refuses(.rootKeyMissing(path: path)) { try OKMSEngine(store: directory) }
            #expect(!FileManager.default.fileExists(atPath: path))
        }
    }

    @Test func `another store's root key is refused`() throws {
        try withTemporaryDirectory { directory in
            let (one, other) = (directory + "/one", directory + "/other")
            _ = try OKMSEngine(store: one).service()
            _ = try OKMSEngine(store: other).service()
            let foreign = other + "/root.key"
            refuses(.foreignCustody(directory: one, hsm: "the root key in \(foreign)")) {
                try OKMSEngine(store: one, rootKeyFile: foreign)
            }
        }
    }

    @Test func `a directory and a place that does not exist are no root key`() throws {
        try withTemporaryDirectory { directory in
            refuses(.rootKeyUnreadable(path: directory, reason: "not a regular file")) {
                try OKMSEngine(store: directory + "/store", rootKeyFile: directory)
            }
            let path = directory + "/none/root.key"
            refuses(.rootKeyUnwritable(path: path, reason: "No such file or directory")) {
                try OKMSEngine(store: directory + "/store", rootKeyFile: path)
            }
        }
    }

    @Test func `neither the store nor its description holds the root key`() throws {
        try withTemporaryDirectory { directory in
            let engine = try OKMSEngine(store: directory).service()
            let key = try Data(contentsOf: URL(filePath: directory + "/root.key"))
            for name in try FileManager.default.contentsOfDirectory(atPath: directory)
            where name != "root.key" {
                let file = try Data(contentsOf: URL(filePath: "\(directory)/\(name)"))
                #expect(file.firstRange(of: key) == nil, "\(name)")
            }
            #expect(!engine.hsm.identity.starts(with: key.prefix(4)))
        }
    }
}

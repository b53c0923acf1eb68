import Foundation
import Locking
import Testing

@Suite struct FileLockTests {
    private func withPath(_ body: (String) throws -> Void) throws {
        let path = FileManager.default.temporaryDirectory.path + "/lock-\(UUID())"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try body(path)
    }

    @Test func `one at a time holds it, and it is free when he is gone`() throws {
        try withPath { path in
            var adoptions = 0
            var lock: FileLock? = try FileLock(path: path) { _ in adoptions += 1 }
            #expect(throws: FileLock.Failure.isHeld) { try FileLock(path: path) }
            let attributes = try FileManager.default.attributesOfItem(atPath: path)
            #expect(attributes[.posixPermissions] as? Int == 0o600)
            withExtendedLifetime(lock) {}
            lock = nil
            lock = try FileLock(path: path) { _ in adoptions += 1 }
            #expect(lock != nil && adoptions == 1)
        }
    }

    @Test func `what cannot be opened says why, and a link is not followed`() throws {
        try withPath { path in
            #expect(throws: FileLock.Failure.system(errno: ENOENT)) {
                try FileLock(path: path + "/missing")
            }
            try FileManager.default.createSymbolicLink(
                atPath: path, withDestinationPath: path + ".target")
            #expect(throws: FileLock.Failure.system(errno: ELOOP)) { try FileLock(path: path) }
            #expect(!FileManager.default.fileExists(atPath: path + ".target"))
        }
    }
}

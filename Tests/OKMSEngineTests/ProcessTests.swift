import Foundation
import LibCrypto
import OKMS
import OKMSConformance
import OKMSEngine
import Testing

/// Several processes, one store.
@Suite struct ProcessTests {
    @Test func `processes that make a store at the same moment make one`() async throws {
        let directory = FileManager.default.temporaryDirectory.path + "/okms-\(UUID())"
        defer { try? FileManager.default.removeItem(atPath: directory) }
        await withTaskGroup { group in
            for _ in 0..<6 {
                group.addTask {
                    await #expect(processExitsWith: .success) { [directory = directory as String] in
                        let engine = try OKMSEngine(store: directory).service()
                        for _ in 0..<20 {
                            let made = try engine.generateDataKey(
                                byteCount: 32, under: .accountDefault, context: .empty)
                            _ = try engine.decrypt(
                                made.wrapped.ciphertext, under: nil, context: .empty)
                        }
                        _ = try engine.createKey(description: "of one process")
                    }
                }
            }
        }
        let engine = try OKMSEngine(store: directory, createIfMissing: false).service()
        #expect(try engine.allKeys().count == 1 + 6)
        for key in try engine.allKeys() {
            _ = try engine.generateDataKey(byteCount: 32, under: .arn(key), context: .empty)
        }
    }

    @Test func `what a process has committed outlives its sudden death`() async throws {
        let directory = FileManager.default.temporaryDirectory.path + "/okms-\(UUID())"
        defer { try? FileManager.default.removeItem(atPath: directory) }
        await #expect(processExitsWith: .failure) { [directory = directory as String] in
            let engine = try OKMSEngine(store: directory).service()
            _ = try engine.createKey(description: "last words")
            preconditionFailure("the process dies with its store open")
        }
        let engine = try OKMSEngine(store: directory, createIfMissing: false).service()
        let last = try #require(try engine.allKeys().last)
        #expect(try engine.describeKey(.arn(last)).description == "last words")
    }

    @Test func `processes write one audit trail, though they die in the middle`() async throws {
        let directory = FileManager.default.temporaryDirectory.path + "/okms-\(UUID())"
        defer { try? FileManager.default.removeItem(atPath: directory) }
        _ = try OKMSEngine(store: directory)
        await withTaskGroup { group in
            for _ in 0..<4 {
                group.addTask {
                    await #expect(processExitsWith: .failure) { [directory = directory as String] in
                        let service = try OKMSEngine(store: directory).service()
                        for number in 0..<200 {
                            if number == 150 {
                                // Somewhere in the middle of what the other threads do.
                                preconditionFailure("the process dies while it serves")
                            }
                            Thread.detachNewThread {
                                _ = try? service.generateDataKey(
                                    byteCount: 32, under: .accountDefault, context: .empty)
                            }
                            _ = try service.describeKey(.accountDefault)
                        }
                    }
                }
            }
        }
        #expect(try AuditTrail.verify(directory: directory).problems == [])
        let service = try OKMSEngine(store: directory, createIfMissing: false).service()
        _ = try service.generateDataKey(byteCount: 32, under: .accountDefault, context: .empty)
        let report = try AuditTrail.verify(directory: directory)
        #expect(report.problems == [])
        #expect(report.tornByteCount == 0)
        #expect(report.recordCount >= 4 * 150)
    }

    @Test func `what another process does to a key and an access key is seen by the next call`()
        async throws
    {
        let directory = FileManager.default.temporaryDirectory.path + "/okms-\(UUID())"
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let engine = try OKMSEngine(store: directory)
        let service = engine.service()
        _ = try service.generateDataKey(byteCount: 32, under: .accountDefault, context: .empty)
        let id = try engine.createAccessKey(for: engine.defaultAccount).id
        #expect(try engine.accessKey(id)?.isActive == true)
        await #expect(processExitsWith: .success) { [directory = directory as String] in
            let engine = try OKMSEngine(store: directory)
            let service = engine.service()
            try service.disableKey(.arn(service.describeKey(.accountDefault).arn))
            for key in try engine.accessKeys(of: engine.defaultAccount) {
                try engine.setAccessKey(key.id, active: false)
            }
        }
        expect(.disabled) {
            try service.generateDataKey(byteCount: 32, under: .accountDefault, context: .empty)
        }
        #expect(try engine.accessKey(id)?.isActive == false)
    }
}

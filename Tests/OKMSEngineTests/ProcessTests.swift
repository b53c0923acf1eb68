import FoundationEssentials
import LibCrypto
import OKMS
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
}

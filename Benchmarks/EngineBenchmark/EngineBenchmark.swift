import Dispatch
import Foundation
import LibCrypto
import OKMS
import OKMSEngine

/// Data keys a second out of an engine in this process, each with its durable audit record.
///
///     swift run -c release EngineBenchmark DIRECTORY [THREADS [SECONDS]]
///
/// The store is made in the directory and left there. On a file system in memory this measures the
/// engine, elsewhere the disk.
@main
enum EngineBenchmark {
    static func main() throws {
        let arguments = CommandLine.arguments
        guard arguments.count > 1 else {
            print("usage: EngineBenchmark DIRECTORY [THREADS [SECONDS]]")
            exit(2)
        }
        let threads = arguments.count > 2 ? Int(arguments[2]) ?? 4 : 4
        let seconds = arguments.count > 3 ? Double(arguments[3]) ?? 5 : 5
        let engine = try OKMSEngine(store: arguments[1])
        let context = try EncryptionContext([("dataset", "orders"), ("run", "7")])
        let service = engine.service()
        _ = try service.generateDataKey(byteCount: 32, under: .accountDefault, context: context)

        let processorStart = Self.processorSeconds()
        let start = DispatchTime.now().uptimeNanoseconds
        let end = start + UInt64(seconds * 1e9)
        let group = DispatchGroup()
        for _ in 0..<threads {
            Thread.detach(in: group) {
                while DispatchTime.now().uptimeNanoseconds < end {
                    for _ in 0..<10 {
                        do {
                            _ = try service.generateDataKey(
                                byteCount: 32, under: .accountDefault, context: context)
                        } catch {
                            print("failed: \(error)")
                            exit(1)
                        }
                    }
                }
            }
        }
        group.wait()
        let processorSeconds = Self.processorSeconds() - processorStart
        let elapsed = Double(DispatchTime.now().uptimeNanoseconds - start) / 1e9
        let report = try AuditTrail.verify(directory: arguments[1])
        guard report.isIntact else {
            print("the audit trail is not intact: \(report.problems)")
            exit(1)
        }
        let count = Double(report.recordCount)
        print(
            "\(threads) threads: \(Int(count / elapsed)) data keys a second, "
                + "\(Int(processorSeconds * 1e6 / count)) µs of processor time each")
    }

    private static func processorSeconds() -> Double {
        Double(clock()) / Double(CLOCKS_PER_SEC)
    }
}

extension Thread {
    /// A thread of its own that the group waits for.
    fileprivate static func detach(in group: DispatchGroup, _ body: @escaping @Sendable () -> Void)
    {
        group.enter()
        detachNewThread {
            body()
            group.leave()
        }
    }
}

import Logging
import NIOPosix
import ServiceLifecycle

/// Does at intervals what falls due without anyone asking: destroys keys past their date, rotates.
struct Sweeper: Service {
    let interval: Duration
    let workers: NIOThreadPool
    let logger: Logger
    let sweep: @Sendable () throws -> Void

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do {
                    try await workers.runIfActive(sweep)
                } catch {
                    logger.error("sweep failed", metadata: ["error": "\(error)"])
                }
                // Thrown when cancelled, which the loop's condition sees.
                try? await Task.sleep(for: interval)
            }
        }
    }
}

import Logging
import ServiceLifecycle
import UnixSignals

/// Takes a new certificate when told by SIGHUP, which otherwise would end the process.
struct HangUpService: Service {
    let tls: TLSIdentity?
    let logger: Logger

    func run() async throws {
        let signals = await UnixSignalsSequence(trapping: .sighup)
        for await _ in signals.cancelOnGracefulShutdown() {
            guard let tls else { continue }
            do {
                try tls.reload()
                logger.info("certificate reloaded")
            } catch {
                logger.error(
                    "certificate not reloaded, the old one stays", metadata: ["error": "\(error)"])
            }
        }
    }
}

import Logging
import OKMS
import OKMSEngine

/// What the server asks of its engine beside the requests.
extension OKMSServer {
    /// Throws where the store cannot be read, the module does not answer, or records cannot be written.
    func checkHealth() throws {
        do {
            try engine.checkHealth()
        } catch {
            logger.error("not healthy", metadata: ["error": "\(error.message)"])
            throw error
        }
    }

    func engineMetrics() -> [MetricLine] {
        let counts = engine.audit.counts
        return [
            MetricLine(
                .counter, "okmsd_audit_records_total", "Audit records written.",
                Double(counts.records)),
            MetricLine(
                .counter, "okmsd_audit_batches_total",
                "Groups in which audit records were written, each with one wait for the disk.",
                Double(counts.groups)),
        ]
    }

    /// No work waits for another to succeed.
    func sweep(_ keyService: KeyServiceResponder) {
        keyService.recordCountedRefusals()
        attempt("destroy") {
            try engine.destroyDueKeys { key in
                logger.notice("key destroyed", metadata: ["key": "\(key)"])
            }
        }
        attempt("rotate") {
            try engine.rotateDueKeys { key in
                logger.info("key rotated", metadata: ["key": "\(key)"])
            }
        }
    }

    private func attempt(_ work: String, _ body: () throws -> Void) {
        do {
            try body()
        } catch {
            logger.error("sweep failed", metadata: ["work": "\(work)", "error": "\(error)"])
        }
    }
}

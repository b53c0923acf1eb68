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

    func sweep() throws {
        for key in try engine.destroyDueKeys() {
            logger.notice("key destroyed", metadata: ["key": "\(key)"])
        }
        for key in try engine.rotateDueKeys() {
            logger.info("key rotated", metadata: ["key": "\(key)"])
        }
    }
}

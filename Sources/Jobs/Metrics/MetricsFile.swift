import Dispatch
import Glibc
import Locking
import Pipeline
import Storage
import Synchronization

/// The file in which a run's metrics lie: written at its start, every ten seconds, and at its end,
/// whatever that is.
///
/// What cannot be written at the start is an error, since nobody would watch the run; later it is a
/// warning, since the run is worth more.
final class MetricsFile: Sendable {
    private static let interval = DispatchTimeInterval.seconds(10)
    private static let byteLimit = 1 << 20

    private let path: String
    private let metrics: RunMetrics
    private let warn: @Sendable (String) -> Void
    private let hasWarned = Atomic(false)
    private let queue = DispatchQueue(label: "sealpipe.metrics")
    private let timer = Monitor((any DispatchSourceTimer)?.none)

    /// `look` gives what the run has done so far.
    init(
        at path: String, _ metrics: RunMetrics, warn: @escaping @Sendable (String) -> Void,
        look: @escaping @Sendable () -> RunSummary
    ) throws(JobError) {
        self.path = path
        self.metrics = metrics
        self.warn = warn
        do { try write(look(), nil) } catch { throw Self.refusal(path, error) }
        let timer = DispatchSource.makeTimerSource(queue: queue)
        timer.schedule(deadline: .now() + Self.interval, repeating: Self.interval)
        timer.setEventHandler { @Sendable [weak self] in self?.update(look(), nil) }
        timer.activate()
        self.timer.update { $0 = timer }
    }

    /// Writes the run's last page.
    func finish(_ summary: RunSummary, _ status: ExitStatus) {
        timer.update { $0?.cancel() }
        queue.sync { update(summary, status) }
    }

    /// Throws what the start of a run would where the file's folder is not there or not for us.
    static func check(_ path: String) throws(JobError) {
        guard unsafe access(parentDirectory(of: path), W_OK | X_OK) != 0 else { return }
        throw refusal(path, .system(call: "open", path: path, errno: errno))
    }

    private static func refusal(_ path: String, _ error: StorageError) -> JobError {
        let explained = JobError(explaining: error)
        return explained.status == .exhausted
            ? explained
            : JobError(
                .jobFileInvalid, "the metrics cannot be written: \(error)",
                hint: "correct 'report.metrics', or make its folder and let this user write there")
    }

    private func update(_ summary: RunSummary, _ status: ExitStatus?) {
        do { try write(summary, status) } catch {
            guard !hasWarned.exchange(true, ordering: .relaxed) else { return }
            warn("the metrics could not be written: \(error)")
        }
    }

    private func write(_ summary: RunSummary, _ status: ExitStatus?) throws(StorageError) {
        // Read each time: another run of the job may have succeeded meanwhile.
        let earlier = try? StoredFile(path: path).readAll(limit: Self.byteLimit)
        let page = metrics.page(
            summary, status, earlier: String(decoding: earlier ?? [], as: UTF8.self))
        try replaceFile(at: path, with: Array(page.utf8).span, mode: 0o644)
    }
}

import Locking

/// A word to stop, for work that is no pipeline: the calls of a key service.
package final class Cancellation: Sendable {
    private let word = Monitor(JobError?.none)

    package init() {}

    /// Why the work is to stop; nil where it may go on.
    package var reason: JobError? { word.read { $0 } }

    /// Has the work stop as soon as it notices. The first reason counts.
    package func cancel(_ reason: JobError) { word.update { $0 = $0 ?? reason } }
}

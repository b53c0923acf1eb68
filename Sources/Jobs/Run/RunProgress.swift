package import Archive
import Locking
private import Synchronization

/// How far a run has come: counters that its stages write and a terminal reads.
package final class RunProgress: Sendable {
    private let entryCount = Atomic<Int>(0)
    private let contentCount = Atomic<Int>(0)
    private let tarCount = Atomic<Int>(0)
    private let storedCount = Atomic<Int>(0)
    private let expectedCount = Atomic<Int>(0)
    private let problems = Monitor(Problems())
    let required = RequiredPaths()

    private struct Problems {
        var first: [ReadProblem] = []
        var count = 0
        var makePartial = false
    }

    /// The manifest and the summary name so many problems; the rest are counted.
    package static let problemLimit = 1000

    /// Called for each problem when it is found, from any thread.
    private let report: @Sendable (ReadProblem) -> Void

    package init(report: @escaping @Sendable (ReadProblem) -> Void = { _ in }) {
        self.report = report
    }

    package var entries: Int { entryCount.load(ordering: .relaxed) }
    /// Bytes of files, holes included.
    package var contentBytes: Int { contentCount.load(ordering: .relaxed) }
    package var tarBytes: Int { tarCount.load(ordering: .relaxed) }
    package var storedBytes: Int { storedCount.load(ordering: .relaxed) }
    /// How many bytes of tar there will be; 0 as long as nobody knows.
    package var expectedTarBytes: Int { expectedCount.load(ordering: .relaxed) }

    func addEntry(contentBytes: Int) {
        entryCount.add(1, ordering: .relaxed)
        contentCount.add(contentBytes, ordering: .relaxed)
    }
    /// Counts an entry that is packed.
    func add(_ entry: Entry) {
        required.note(entry)
        addEntry(contentBytes: entry.size)
    }
    func addContent(_ bytes: Int) { contentCount.add(bytes, ordering: .relaxed) }
    func add(tarBytes: Int) { tarCount.add(tarBytes, ordering: .relaxed) }
    func add(storedBytes: Int) { storedCount.add(storedBytes, ordering: .relaxed) }
    func expect(tarBytes: Int) { expectedCount.store(tarBytes, ordering: .relaxed) }

    func note(_ problem: ReadProblem) {
        problems.update { problems in
            problems.count += 1
            if problem.makesRunPartial { problems.makePartial = true }
            if problems.first.count < Self.problemLimit { problems.first.append(problem) }
        }
        report(problem)
    }

    package var problemCount: Int { problems.read { $0.count } }
    package var firstProblems: [ReadProblem] { problems.read { $0.first } }
    package var isPartial: Bool { problems.read { $0.makePartial } }
}

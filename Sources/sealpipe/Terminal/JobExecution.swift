import Foundation
import Glibc
import Archive
import Jobs
import Pipeline

/// Runs one job as a terminal sees it: signals, progress, problems, and what came of it.
enum JobExecution {
    static func environment() throws -> RunEnvironment {
        var environment = try RunEnvironment(
            variables: ProcessInfo.processInfo.environment, tool: Sealpipe.tool)
        environment.tellNewStore = { store in
            Console.shared.warning(
                "made a key store in \(store): back it up with its root key, for nothing opens without"
            )
        }
        return environment
    }

    /// Runs the job and reports; returns how it ended. Throws the reason of a failure.
    static func run(
        _ job: Job, json: Bool = false, resuming: Bool = true
    ) throws -> ExitStatus {
        let summary = try execute(job, resuming: resuming)
        try show(summary, of: job, json: json)
        return summary.status
    }

    /// Runs the job under signals and a progress line; tells of problems when they are found.
    static func execute(
        _ job: Job, tracing: Bool = false, sample: ChunkSample = .all, resuming: Bool = true,
        tellsProblems: Bool = true
    ) throws -> RunSummary {
        let progress = RunProgress { problem in
            guard tellsProblems else { return }
            let path = display(path: problem.path)
            if problem.kind == .skipped {
                Console.shared.notice("\(path): left out: \(problem.detail)")
            } else {
                Console.shared.warning("\(path): \(problem.kind.rawValue): \(problem.detail)")
            }
        }
        let console = Console.shared
        // Only what `decrypt` opens may be text.
        if job.output == .stdout, !job.stages.decrypts || isArchive(job.input), isatty(1) == 1 {
            throw JobError(
                .usage, "what this writes is not for a terminal", hint: "redirect standard output")
        }
        if case .stdin = job.input, isatty(0) == 1 {
            console.notice("reading from the terminal; Ctrl-D ends the input")
        }
        let runner = JobRunner(
            job, environment: try environment(), progress: progress,
            estimating: console.isTerminal && console.showsProgress && sample == .all,
            tracing: tracing, sample: sample, resuming: resuming, warn: { console.warning($0) })
        console.event("start", ["job": .text(job.name)])
        let inquiry = StateInquiry { runner.stateLines }
        defer { inquiry.stop() }
        let cancellation = Cancellation()
        let summary = try watched(
            progress, hint: hint(job),
            { reason in
                cancellation.cancel(reason)
                runner.cancel(reason)
            }
        ) { try runner.run() }
        // A word that came too late to stop it. Where nothing is kept, others may follow.
        if job.output == .discard, let reason = cancellation.reason { throw reason }
        if tellsProblems { for notice in summary.notices { console.notice(notice) } }
        return summary
    }

    private static func isArchive(_ input: Input) -> Bool {
        if case .archive = input { true } else { false }
    }

    /// What became of the work when a job is interrupted.
    private static func hint(_ job: Job) -> String? {
        switch job.output {
        case .archive: "no archive was made yet; run the job again"
        case .directory(let path, _):
            "whole files stay in \(path); run it again, and it goes on"
        case .stdout, .discard: nil
        }
    }

    /// Runs `body` under signals and a progress line.
    static func watched<R>(
        _ progress: RunProgress, hint: String?,
        _ cancel: @escaping @Sendable (JobError) -> Void,
        _ body: () throws -> R
    ) throws -> R {
        let signals = Signals(hint: hint, cancel)
        let line = ProgressLine(progress)
        defer {
            line.stop()
            signals.stop()
        }
        return try body()
    }

    /// Runs `body`, which is short but for calls of a key service, under signals.
    static func cancellable<R>(_ body: (Cancellation) throws -> R) throws -> R {
        let cancellation = Cancellation()
        let signals = Signals(hint: nil, cancellation.cancel)
        defer { signals.stop() }
        do { return try body(cancellation) } catch {
            throw cancellation.reason ?? JobError(explaining: error)
        }
    }

    private static func show(_ summary: RunSummary, of job: Job, json: Bool) throws {
        let console = Console.shared
        let report = SummaryReport(summary)
        console.event("summary", report.fields)
        let isSealed = if case .archive = job.output { true } else { false }
        let toStdout = job.output == .stdout
        let isRestored = if case .directory = job.output { true } else { false }
        if let damage = summary.damage { DamageLines.tell(damage, restoring: isRestored) }
        for problem in report.problems {
            switch problem.kind {
            case "refused":
                console.warning("\(problem.path): was not restored: \(problem.detail)")
            case "unmatched": console.warning("\(problem.path): \(problem.detail)")
            default: break
            }
        }
        if !toStdout, console.showsProgress { console.notice(report.sentence) }
        if json {
            if !toStdout { try console.data(json: report) }
        } else if isSealed, let archive = summary.archive {
            try console.data(archive)
        }
    }
}

/// A run's summary as `--json` prints it.
struct SummaryReport: Encodable {
    struct Problem: Encodable {
        let path: String
        let kind: String
        let detail: String
    }

    struct Stage: Encodable {
        let name: String
        let items: Int
        let bytes_in: Int
        let bytes_out: Int
        let busy_seconds: Double
    }

    let job: String
    let archive: String?
    let entries: Int
    let content_bytes: Int
    let tar_bytes: Int
    let stored_bytes: Int
    let seconds: Double
    let key_calls: Int
    let kept_parts: Int
    let kept_files: Int?
    let made_files: Int?
    let partial: Bool
    let problem_count: Int
    let problems: [Problem]
    let stages: [Stage]
    let damage: DamageOutput?

    init(_ summary: RunSummary) {
        job = summary.job
        archive = summary.archive
        entries = summary.entries
        content_bytes = summary.contentBytes
        tar_bytes = summary.tarBytes
        stored_bytes = summary.storedBytes
        seconds = (summary.seconds * 1000).rounded() / 1000
        key_calls = summary.keyCalls
        kept_parts = summary.keptParts
        kept_files = summary.keptFiles
        made_files = summary.madeFiles
        partial = summary.isPartial
        problem_count = summary.problemCount
        problems = summary.problems.map {
            Problem(path: $0.path, kind: $0.kind, detail: $0.detail)
        }
        damage = summary.damage.map { DamageOutput($0) }
        stages = summary.report.stages.map {
            Stage(
                name: $0.name, items: $0.items, bytes_in: $0.bytesIn, bytes_out: $0.bytesOut,
                busy_seconds: ($0.busySeconds * 1000).rounded() / 1000)
        }
    }

    var sentence: String {
        var text = "\(Amount.count(entries, "entry", "entries")), \(Amount.bytes(content_bytes))"
        if stored_bytes > 0 { text += " stored as \(Amount.bytes(stored_bytes))" }
        text += " in \(String(format: "%.1f", seconds)) s"
        if problem_count > 0 { text += ", " + Amount.count(problem_count, "problem") }
        return text
    }

    var fields: [String: EventField] {
        [
            "job": .text(job), "archive": .text(archive ?? ""), "entries": .whole(entries),
            "content_bytes": .whole(content_bytes), "tar_bytes": .whole(tar_bytes),
            "stored_bytes": .whole(stored_bytes), "seconds": .decimal(seconds),
            "key_calls": .whole(key_calls), "problem_count": .whole(problem_count),
        ]
    }
}

import ArgumentParser
import Foundation
import Jobs

struct SealCommand: StatusCommand {
    static let configuration = CommandConfiguration(
        commandName: "seal", abstract: "Seal files and directories into a new archive of a set.")

    @Argument(
        help: "Sources, then the archive set. '-' as the source is standard input.",
        completion: .file())
    var paths: [String]

    @Option(name: .long, help: "Name of the job; by default made from the set's.")
    var name: String?

    @Option(name: .long, help: "Name of the entry that standard input becomes; by default stdin.")
    var stdinName: String?

    @Option(name: .long, help: ArgumentHelp("Leave out what matches.", valueName: "pattern"))
    var exclude: [String] = []

    @Flag(name: .long, help: "Do not cross into other file systems.")
    var oneFileSystem = false

    @Option(name: .long, help: "Level of zstd, 1 to 19; by default 3.")
    var level: Int?

    @Flag(name: .long, help: "Do not compress.")
    var noCompress = false

    @Option(name: .long, help: "Size of a chunk, such as 8MiB.")
    var chunk: String?

    @Option(name: .long, help: "Size of a frame, such as 1MiB.")
    var frame: String?

    @Option(name: .long, help: "Size of a part, such as 64MiB.")
    var part: String?

    @Option(name: .long, help: "How many workers; by default as many as there are cores.")
    var workers: Int?

    @Flag(name: .long, help: "Do everything but keep nothing.")
    var dryRun = false

    @Flag(name: .long, help: "Print the job file that does the same, and do nothing.")
    var printJob = false

    @OptionGroup var key: KeyOptions
    @OptionGroup var resuming: ResumeOptions
    @OptionGroup var report: ReportOptions

    func validate() throws {
        guard paths.count >= 2 else {
            throw ValidationError("Give at least one source and the archive set.")
        }
        if noCompress, level != nil {
            throw ValidationError("'--level' and '--no-compress' contradict each other.")
        }
        let isStream = paths.dropLast().elementsEqual(["-"])
        if !isStream, stdinName != nil {
            throw ValidationError("'--stdin-name' names standard input, and the source is not '-'.")
        }
        if isStream, !exclude.isEmpty || oneFileSystem {
            throw ValidationError(
                "'--exclude' and '--one-file-system' are for files, and the source is '-'.")
        }
    }

    func execute() throws -> ExitStatus {
        report.apply()
        let job = try checked(job())
        if printJob {
            try Console.shared.data(job.yaml)
            return .done
        }
        return try JobExecution.run(
            dryRun ? job.dryRun() : job, json: report.json, resuming: resuming.resumes)
    }

    private func job() throws -> Job {
        let sources = paths.dropLast()
        let set = paths[paths.count - 1]
        let level = level ?? Stages.Compression.defaultLevel
        guard StageLimits.level ~= level else { throw JobError(.usage, "a level is 1 to 19") }
        if let workers, !(StageLimits.workers ~= workers) {
            throw JobError(.usage, "there can be 1 to 128 workers")
        }
        let input: Input =
            sources.elementsEqual(["-"])
            ? .stdin(name: stdinName ?? "stdin")
            : .paths(
                try Self.named(sources), exclude: try globs(exclude), oneFileSystem: oneFileSystem)
        let sizes = (
            chunk: try size(chunk, "chunk", StageLimits.chunkByteCount)
                ?? Stages.defaultChunkByteCount(compressing: !noCompress),
            frame: try size(frame, "frame", StageLimits.frameByteCount)
                ?? Stages.Encryption.defaultFrameByteCount,
            part: try size(part, "part", StageLimits.partByteCount)
                ?? Stages.Encryption.defaultPartByteCount
        )
        guard sizes.part >= sizes.frame, sizes.part >= sizes.chunk else {
            throw JobError(.usage, "a part holds at least one frame and one chunk")
        }
        return Job(
            name: name ?? Self.jobName(set), key: try key.choice(), input: input,
            stages: Stages(
                chunkByteCount: sizes.chunk,
                compression: noCompress ? nil : Stages.Compression(level: level),
                encryption: Stages.Encryption(
                    frameByteCount: sizes.frame, partByteCount: sizes.part)),
            output: .archive(path: set), limits: Limits(workers: workers))
    }

    private func size(_ text: String?, _ what: String, _ range: ClosedRange<Int>) throws -> Int? {
        guard let text else { return nil }
        guard let size = try? ByteSize.parse(text), range ~= size else {
            throw JobError(
                .usage, "'\(text)' is no size of a \(what)",
                hint:
                    "\(Amount.bytes(range.lowerBound)) to \(Amount.bytes(range.upperBound)), with a unit"
            )
        }
        return size
    }

    /// Lets the reader of job files judge what the flags made.
    private func checked(_ job: Job) throws -> Job {
        let (_, diagnostics) = JobFile.load(text: job.yaml, path: "flags", environment: [:])
        let errors = diagnostics.filter { $0.severity == .error }
        guard let first = errors.first else { return job }
        throw JobError(.usage, first.message, hint: first.hint)
    }

    /// The sources under the names they have in the archive, which no two of them share.
    private static func named(_ paths: some Collection<String>) throws -> [Source] {
        guard !paths.contains("-") else {
            throw JobError(.usage, "standard input is sealed by itself, not with other sources")
        }
        var names: [String: String] = [:]
        return try paths.map { path in
            let name = try name(of: path)
            if let other = names.updateValue(path, forKey: name) {
                throw JobError(
                    .usage, "\(other) and \(path) are both called '\(name)' in the archive",
                    hint: "a job file gives sources other names: { path: …, as: … }")
            }
            return Source(path: path, name: name)
        }
    }

    /// The last component of a path, links and dots resolved where there is none.
    private static func name(of path: String) throws -> String {
        let last = path.split(separator: "/").last.map(String.init) ?? ""
        if !["", ".", ".."].contains(last) { return last }
        let full = URL(fileURLWithPath: path).standardizedFileURL.lastPathComponent
        return full == "/" || full.isEmpty ? "root" : full
    }

    private static func jobName(_ set: String) -> String {
        let last = URL(fileURLWithPath: set).standardizedFileURL.lastPathComponent.lowercased()
        let name = String(
            last.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "-" })
        let trimmed = name.trimmingCharacters(in: CharacterSet(charactersIn: "-"))
        return trimmed.isEmpty ? "seal" : String(trimmed.prefix(64))
    }
}

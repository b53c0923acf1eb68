import ArgumentParser
import Foundation
import Jobs
import OKMS
import SystemIO

enum LogFormat: String, ExpressibleByArgument, CaseIterable { case text, json }

/// What standard error says, and how.
struct LogOptions: ParsableArguments {
    @Option(name: .long, help: "What standard error is written in: text or json.")
    var logFormat = LogFormat.text

    @Flag(name: .shortAndLong, help: "Say nothing but warnings and errors.")
    var quiet = false

    func apply() { Console.shared.configure(json: logFormat == .json, quiet: quiet) }

    /// What can be known of the format where the arguments as a whole may make no sense.
    static func applyUnparsed(_ arguments: [String]) {
        // What follows is no option.
        let arguments = arguments.prefix { $0 != "--" }
        let pairs = zip(arguments, arguments.dropFirst())
        let asksForJSON =
            arguments.contains("--log-format=json")
            || pairs.contains { $0 == ("--log-format", "json") }
        if asksForJSON { Console.shared.configure(json: true, quiet: false) }
    }
}

/// How a command reports.
struct ReportOptions: ParsableArguments {
    @Flag(name: .long, help: "Print one JSON object on standard output.")
    var json = false

    @OptionGroup var log: LogOptions

    func apply() { log.apply() }
}

/// Whether a run goes on with what an earlier one left unfinished.
struct ResumeOptions: ParsableArguments {
    @Flag(name: .long, help: "Begin anew: remove what an earlier run left unfinished.")
    var noResume = false

    var resumes: Bool { !noResume }
}

/// Which key, and what it is bound to.
struct KeyOptions: ParsableArguments {
    @Option(
        name: .long,
        help: "Customer master key: its id or ARN. Given again, each of them can open.")
    var key: [String] = []

    @Option(
        name: .long, help: ArgumentHelp("A pair of the encryption context.", valueName: "key=value")
    )
    var context: [String] = []

    @OptionGroup var service: ServiceOptions

    func choice() throws -> KeyChoice {
        KeyChoice(
            service: try service.choice(),
            names: key.isEmpty ? ["default"] : key, context: try ContextOptions.parse(context))
    }
}

/// Patterns as a user wrote them.
func globs(_ texts: [String]) throws -> [Glob] {
    try texts.map { text in
        do throws(Glob.Invalid) { return try Glob(text) } catch {
            throw JobError(.usage, error.message(about: text))
        }
    }
}

/// Where a job file is, with what was set on the command line.
struct LoadedJobs {
    /// Reads and checks job files; shows every diagnostic. Throws status 78 if any is an error.
    static func load(_ paths: [String], settings: [String]) throws -> [Job] {
        var jobs: [Job] = []
        var errors = 0
        for path in paths {
            let text: [UInt8]
            do { text = Array(try Data(contentsOf: URL(fileURLWithPath: path))) } catch {
                let cause = (error as? CocoaError)?.underlying as? POSIXError
                let number = cause?.code.rawValue ?? EIO
                throw JobError.explain(
                    number, "the job file \(path) cannot be read: \(systemMessage(number))")
            }
            let (job, diagnostics) = JobFile.load(
                text: text, path: path, settings: settings,
                environment: ProcessInfo.processInfo.environment)
            for diagnostic in diagnostics {
                Console.shared.diagnostic("\(diagnostic)")
                if diagnostic.severity == .error { errors += 1 }
            }
            if let job { jobs.append(job) }
        }
        guard errors == 0 else {
            throw JobError(
                .jobFileInvalid, "\(Amount.count(errors, "error")) to be mended first")
        }
        return jobs
    }
}

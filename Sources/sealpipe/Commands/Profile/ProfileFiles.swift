import ArgumentParser
import Foundation
import Jobs
import Pipeline
import Profiling

/// The files in which a profile is kept.
struct ProfileFiles: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp(
            "Write everything that was measured as JSON; '-' is standard output.",
            valueName: "file"))
    var json: String?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Write charts, tables and the verdict as one HTML page.", valueName: "file"))
    var html: String?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Write single pieces of work and waits as Chrome trace events, for Perfetto.",
            valueName: "file"))
    var trace: String?

    var isEmpty: Bool { json == nil && html == nil && trace == nil }

    /// Finds before the run what could not be written after it. `measured` is what `--json` gets.
    func check(writingToStdout writes: Bool, measured: OutputFile.Form = .profile) throws {
        if json == "-", writes {
            throw JobError(
                .usage, "the job and '--json -' both write to standard output",
                hint: "name a file, or add '--discard'")
        }
        if html == "-" || trace == "-" {
            throw JobError(.usage, "only '--json' takes '-'", hint: "name a file")
        }
        let paths = [json, html, trace].compactMap(\.self).filter { $0 != "-" }
        guard Set(paths).count == paths.count else {
            throw JobError(.usage, "two files of the profile have the same name")
        }
        for (path, form) in [(json, measured), (html, .page), (trace, .trace)] {
            if let path, path != "-" { try OutputFile.check(path, mayHold: form) }
        }
        for path in paths {
            let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
            let attributes = try? FileManager.default.attributesOfItem(atPath: path)
            let isFolder = attributes?[.type] as? FileAttributeType == .typeDirectory
            guard FileManager.default.isWritableFile(atPath: folder), !isFolder else {
                throw JobError(
                    .usage, "\(path): the profile cannot be written there",
                    hint: "name a file in a directory that is there")
            }
        }
    }

    /// Writes the files that were asked for; standard output is left alone.
    func write(_ profile: Profile, _ report: FlowReport) throws {
        if let json, json != "-" { try write(profile.json(), to: json) }
        if let html { try write(Array(ProfilePage(profile).html.utf8), to: html) }
        guard let trace,
            let events = ChromeTrace(report, job: profile.job.name, tool: profile.tool)
        else { return }
        try write(Array(events.json.utf8), to: trace)
        if events.dropped > 0 {
            Console.shared.notice(
                "\(trace) holds the beginning of the run; \(events.dropped) later events had no room"
            )
        }
    }

    func write(_ sweep: Sweep) throws {
        if let json, json != "-" { try write(sweep.json(), to: json) }
        if let html { try write(Array(SweepPage(sweep).html.utf8), to: html) }
    }

    private func write(_ bytes: [UInt8], to path: String) throws {
        do {
            try OutputFile.write(bytes, to: path)
        } catch {
            throw JobError(
                .failed, "\(path): the profile cannot be written: \(error.localizedDescription)",
                hint: "the run itself is done")
        }
    }
}

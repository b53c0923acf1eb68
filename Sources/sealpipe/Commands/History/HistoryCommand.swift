import ArgumentParser
import Foundation
import Jobs
import Profiling

struct HistoryCommand: StatusCommand {
    static let configuration = CommandConfiguration(
        commandName: "history",
        abstract: "Show how the runs of a set went, and warn where the newest is worse.",
        discussion: """
            A run is shown by its archive, as its manifest and the summary beside it say; nothing is \
            decrypted. The newest is compared with the median of up to ten runs of the same job before \
            it, of at least three: in rate, compression, bytes and entries.
            """)

    @Argument(help: "Archive sets.", completion: .directory)
    var sets: [String]

    @Option(name: .long, help: ArgumentHelp("Show so many runs of each set.", valueName: "number"))
    var last = 20

    @Option(
        name: .long,
        help: ArgumentHelp("Write charts and table as one HTML page.", valueName: "file"))
    var html: String?

    @Flag(name: .long, help: "End with status 15 where the newest run is worse.")
    var failOnRegression = false

    @OptionGroup var report: ReportOptions

    func validate() throws {
        guard last >= 1 else { throw ValidationError("--last is a number from 1 on, not \(last)") }
        guard html != "-" else { throw ValidationError("--html takes a file, not '-'") }
    }

    func execute() throws -> ExitStatus {
        report.apply()
        var histories: [RunHistory] = []
        var missing: [JobError] = []
        for set in sets {
            do throws(JobError) { histories.append(try HistoryReader.read(set)) } catch {
                guard [.missing, .usage].contains(error.status) else { throw error }
                missing.append(JobError(.missing, error.message))
            }
        }
        if report.json {
            try Console.shared.data(json: HistoryOutput(histories, last: last))
        } else {
            for line in HistoryTable.lines(histories, last: last, named: sets.count > 1) {
                try Console.shared.data(line: line)
            }
        }
        if let html { try write(HistoryPage(histories, last: last, tool: Sealpipe.tool), to: html) }
        for history in histories {
            for notice in history.notices { Console.shared.warning(notice) }
            for regression in history.regressions {
                Console.shared.warning("\(history.set): \(HistoryWords.sentence(regression))")
            }
        }
        for error in missing { Console.shared.error(error) }
        if !missing.isEmpty { return .missing }
        let isWorse = histories.contains { !$0.regressions.isEmpty }
        return failOnRegression && isWorse ? .guardTripped : .done
    }

    private func write(_ page: HistoryPage, to path: String) throws {
        try OutputFile.check(path, mayHold: .page)
        do {
            try OutputFile.write(Array(page.html.utf8), to: path)
        } catch {
            throw JobError(
                .failed, "\(path): the page cannot be written: \(error.localizedDescription)",
                hint: "name a file in a directory that is there")
        }
    }
}

import Archive
import Foundation
import Glibc
import Jobs
import Synchronization
import SystemIO
import Terminal

/// All that the program says: data on standard output, everything else on standard error, one line
/// each; as text for people or as JSON for machines.
final class Console: Sendable {
    static let shared = Console()

    private let isJSON = Atomic(false)
    private let isQuiet = Atomic(false)
    private let isLineOpen = Atomic(false)
    let isTerminal = isatty(2) == 1

    func configure(json: Bool, quiet: Bool) {
        isJSON.store(json, ordering: .relaxed)
        isQuiet.store(quiet, ordering: .relaxed)
    }

    var showsProgress: Bool { !isQuiet.load(ordering: .relaxed) }
    var writesJSON: Bool { isJSON.load(ordering: .relaxed) }

    /// A line of standard output.
    func data(_ text: String) throws {
        try data(bytes: Array((text + (text.hasSuffix("\n") ? "" : "\n")).utf8))
    }

    /// A line of standard output around text that others chose: it cannot steer a terminal.
    func data(line text: String) throws { try data(Self.oneLine(text)) }

    /// Bytes of standard output. What cannot be written is a failure: a caller waits for it.
    func data(bytes: [UInt8]) throws {
        let number = StandardStream.output.write(bytes)
        guard number == 0 else {
            throw JobError(
                isOutOfSpace(number) ? .exhausted : .failed,
                "standard output: \(systemMessage(number))")
        }
    }

    /// An object as one line of standard output.
    func data(json value: some Encodable) throws {
        try data(bytes: Self.encoded(value))
    }

    /// An object as one line of JSON.
    static func encoded(_ value: some Encodable) throws -> [UInt8] {
        try Array(encoder.encode(value)) + [0x0a]
    }

    func error(_ error: JobError) {
        event("error", ["message": .text(error.message), "hint": .text(error.hint ?? "")])
        text("sealpipe: error: \(Self.oneLine(error.message))")
        if let hint = error.hint { text("sealpipe: hint: \(Self.oneLine(hint))") }
    }

    func warning(_ message: String) {
        event("warning", ["message": .text(message)])
        text("sealpipe: warning: \(Self.oneLine(message))")
    }

    func notice(_ message: String) {
        guard showsProgress else { return }
        event("notice", ["message": .text(message)])
        text("sealpipe: \(Self.oneLine(message))")
    }

    /// What someone asked for who looks on: said even where the program is quiet.
    func state(_ line: String) {
        event("state", ["message": .text(line)])
        text("sealpipe: \(Self.oneLine(line))")
    }

    /// Lines that are complete as they are: diagnostics of job files.
    func diagnostic(_ line: String) {
        event("diagnostic", ["message": .text(line)])
        text(line)
    }

    /// The state of a run: redrawn in place on a terminal, a line of its own elsewhere.
    func progress(_ line: String, fields: [String: EventField]) {
        if writesJSON { return event("progress", fields) }
        if isTerminal {
            say("\r\u{1b}[K" + line)
            isLineOpen.store(true, ordering: .relaxed)
        } else {
            say("sealpipe: \(line)\n")
        }
    }

    func clearProgress() {
        if isLineOpen.exchange(false, ordering: .relaxed) { say("\r\u{1b}[K") }
    }

    /// A line of JSON, where that is asked for.
    func event(_ name: String, _ fields: [String: EventField]) {
        guard writesJSON else { return }
        var fields = fields.filter { $0.value != .text("") }
        fields["event"] = .text(name)
        fields["time"] = .text(
            Date().formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true)))
        guard let line = try? Self.encoder.encode(fields) else { return }
        say(String(decoding: line, as: UTF8.self) + "\n")
    }

    /// Says the status, where machines listen, and ends the process.
    func finish(_ status: ExitStatus) -> Never {
        clearProgress()
        event("exit", ["code": .whole(Int(status.rawValue)), "reason": .text("\(status)")])
        exit(status.rawValue)
    }

    private func text(_ line: String) {
        guard !writesJSON else { return }
        clearProgress()
        say(line + "\n")
    }

    private func say(_ text: String) {
        // Where nobody hears an error, there is nobody to tell.
        _ = StandardStream.error.write(Array(text.utf8))
    }

    /// One line that cannot steer a terminal, whatever names it quotes.
    private static func oneLine(_ text: String) -> String {
        let line = text.split(separator: "\n").joined(separator: "; ")
        return display(path: Array(line.utf8))
    }

    private static var encoder: JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return encoder
    }
}

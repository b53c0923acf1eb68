import Foundation
import Glibc
import Testing

/// A program that runs, with its standard input held open.
final class Running {
    private let process = Process()
    private let input = Pipe()
    private let out: String
    private let err: String

    init(_ program: String, _ arguments: [String], in place: Workplace, store: String) throws {
        let number = UUID().uuidString
        try FileManager.default.createDirectory(
            atPath: place(".io"), withIntermediateDirectories: true)
        out = place(".io/\(number).out")
        err = place(".io/\(number).err")
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.currentDirectoryURL = URL(fileURLWithPath: place.path)
        process.environment = [
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME": place("home"), "OKMS_STORE": place(store), "LC_ALL": "C.UTF-8",
        ]
        process.standardInput = input
        process.standardOutput = try Self.file(out)
        process.standardError = try Self.file(err)
        try process.run()
    }

    private static func file(_ path: String) throws -> FileHandle {
        try Data().write(to: URL(fileURLWithPath: path))
        return try FileHandle(forWritingTo: URL(fileURLWithPath: path))
    }

    var identifier: Int32 { process.processIdentifier }

    func send(_ text: String) throws {
        try input.fileHandleForWriting.write(contentsOf: Data(text.utf8))
    }

    func signal(_ number: Int32) { kill(identifier, number) }

    /// What it has written to standard output so far.
    var output: String { (try? String(contentsOfFile: out, encoding: .utf8)) ?? "" }

    /// What it has written to standard error so far.
    var errors: String { (try? String(contentsOfFile: err, encoding: .utf8)) ?? "" }

    /// Whether the program deals with a signal itself. Source: proc_pid_status(5).
    func handles(_ number: Int32) -> Bool {
        let text = try? String(contentsOfFile: "/proc/\(identifier)/status", encoding: .utf8)
        return (text ?? "").split(separator: "\n").contains { line in
            guard line.hasPrefix("SigCgt:") || line.hasPrefix("SigIgn:") else { return false }
            return (UInt64(line.dropFirst(8), radix: 16) ?? 0) >> (UInt64(number) - 1) & 1 == 1
        }
    }

    /// Whether it has been stopped by a signal. Source: proc_pid_status(5).
    var isStopped: Bool {
        let text = try? String(contentsOfFile: "/proc/\(identifier)/status", encoding: .utf8)
        return text?.contains("\nState:\tT") == true
    }

    /// Whether it has a file open; nil where only root may look. Source: proc_pid_fd(5).
    func hasOpen(_ name: String) -> Bool? {
        let folder = "/proc/\(identifier)/fd"
        guard let numbers = try? FileManager.default.contentsOfDirectory(atPath: folder) else {
            return nil
        }
        return numbers.contains { number in
            let target = try? FileManager.default.destinationOfSymbolicLink(
                atPath: "\(folder)/\(number)")
            return target?.hasSuffix("/\(name)") == true
        }
    }

    /// Waits until something is so, or the program has ended, or a minute has gone.
    func wait(until isSo: () -> Bool) -> Bool {
        for _ in 0..<6000 {
            if isSo() { return true }
            if !process.isRunning { return false }
            usleep(10_000)
        }
        return false
    }

    /// Closes standard input and waits for the end.
    func end() throws -> Ending {
        try? input.fileHandleForWriting.close()
        return try ended()
    }

    /// Waits for the end with standard input left open. A death by signal is 128 and its number.
    func ended() throws -> Ending {
        process.waitUntilExit()
        let status = process.terminationStatus
        return Ending(
            status: process.terminationReason == .uncaughtSignal ? 128 + status : status,
            out: String(decoding: try Data(contentsOf: URL(fileURLWithPath: out)), as: UTF8.self),
            err: String(decoding: try Data(contentsOf: URL(fileURLWithPath: err)), as: UTF8.self))
    }
}

import Foundation
import Glibc
import Testing

/// How a program ended, and what it said.
struct Ending: Sendable {
    let status: Int32
    let out: String
    let err: String

    /// Standard output as one JSON object.
    func object() throws -> [String: Any] {
        let value = try JSONSerialization.jsonObject(with: Data(out.utf8))
        return try #require(value as? [String: Any])
    }
}

/// A temporary folder with a store, in which the built program is run as an administrator does.
final class Place: Sendable {
    let path: String

    /// The program, which stands beside the tests.
    static let program: String = {
        let tests = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let directory = URL(fileURLWithPath: tests ?? "").deletingLastPathComponent()
        return directory.appendingPathComponent("okmsd").path
    }()

    init() throws {
        var template = Array("/tmp/okmsd-e2e-XXXXXX".utf8CString)
        path = try #require(unsafe mkdtemp(&template).map { unsafe String(cString: $0) })
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func callAsFunction(_ name: String) -> String { "\(path)/\(name)" }

    /// Runs the program to its end.
    @discardableResult
    func okmsd(_ arguments: String..., store: String = "store") throws -> Ending {
        try run(Self.program, arguments, store: store)
    }

    func run(
        _ program: String, _ arguments: [String], store: String = "store", input: String = "",
        variables: [String: String] = [:]
    ) throws -> Ending {
        let process = process(program, arguments, store: store, variables)
        let (out, err) = (self(UUID().uuidString), self(UUID().uuidString))
        process.standardOutput = try Self.file(out)
        process.standardError = try Self.file(err)
        let pipe = Pipe()
        process.standardInput = pipe
        try process.run()
        try pipe.fileHandleForWriting.write(contentsOf: Data(input.utf8))
        try pipe.fileHandleForWriting.close()
        process.waitUntilExit()
        let status = process.terminationStatus
        return Ending(
            status: process.terminationReason == .uncaughtSignal ? 128 + status : status,
            out: try String(contentsOfFile: out, encoding: .utf8),
            err: try String(contentsOfFile: err, encoding: .utf8))
    }

    /// Starts a server and waits until it takes requests.
    func serve(_ arguments: String..., store: String = "store") throws -> Daemon {
        try serve(arguments, store: store)
    }

    func serve(
        _ arguments: [String], store: String = "store", variables: [String: String] = [:]
    ) throws -> Daemon {
        let arguments = ["serve", "--listen", "127.0.0.1:0"] + arguments
        return try Daemon(
            process(Self.program, arguments, store: store, variables), log: self("log"))
    }

    private func process(
        _ program: String, _ arguments: [String], store: String, _ variables: [String: String]
    ) -> Process {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.environment = [
            "PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": path, "LC_ALL": "C.UTF-8",
            "OKMS_STORE": self(store), "SOFTHSM2_CONF": self("softhsm2.conf"),
        ].merging(variables) { $1 }
        process.currentDirectoryURL = URL(fileURLWithPath: path)
        process.standardInput = FileHandle.nullDevice
        return process
    }

    static func file(_ path: String) throws -> FileHandle {
        try Data().write(to: URL(fileURLWithPath: path))
        return try FileHandle(forWritingTo: URL(fileURLWithPath: path))
    }
}

/// A server that runs as a process of its own.
final class Daemon {
    /// It ended before it took requests.
    struct DidNotStart: Error {
        let log: String
    }

    private let process: Process
    private let log: String
    let port: Int

    init(_ process: Process, log: String) throws {
        self.process = process
        self.log = log
        let out = Pipe()
        process.standardOutput = out
        process.standardError = try Place.file(log)
        try process.run()
        var line = ""
        while !line.hasSuffix("\n"), let byte = try out.fileHandleForReading.read(upToCount: 1),
            !byte.isEmpty
        {
            line += String(decoding: byte, as: UTF8.self)
        }
        guard let match = line.firstMatch(of: /^listening on .*:(\d+)\n$/),
            let port = Int(match.1)
        else {
            process.waitUntilExit()
            throw DidNotStart(log: try String(contentsOfFile: log, encoding: .utf8))
        }
        self.port = port
    }

    deinit {
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        process.waitUntilExit()
    }

    var endpoint: String { "http://127.0.0.1:\(port)" }

    func signal(_ number: Int32) { kill(process.processIdentifier, number) }

    /// Waits for the end; a death by signal is 128 and its number.
    func ended() -> Int32 {
        process.waitUntilExit()
        let status = process.terminationStatus
        return process.terminationReason == .uncaughtSignal ? 128 + status : status
    }

    func logLines() throws -> [String] {
        try String(contentsOfFile: log, encoding: .utf8).split(separator: "\n").map(String.init)
    }
}

import Foundation
import Glibc
import Testing

/// How a program ended, and what it said.
struct Ending: CustomStringConvertible, Sendable {
    let status: Int32
    let out: String
    let err: String

    /// The last line of standard output.
    var lastLine: String { out.split(separator: "\n").last.map(String.init) ?? "" }

    /// Lines of standard output.
    var lines: [String] { out.split(separator: "\n").map(String.init) }

    var description: String { "status \(status)\nstdout: \(out)\nstderr: \(err)" }

    /// Standard output as one JSON object.
    func object() throws -> [String: Any] {
        let value = try JSONSerialization.jsonObject(with: Data(out.utf8))
        return try #require(value as? [String: Any])
    }
}

/// A temporary folder with a key store of its own, in which the built program is run as a user does.
final class Workplace: Sendable {
    let path: String

    /// The program, which stands beside the tests.
    static let program: String = {
        let tests = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
        let directory = URL(fileURLWithPath: tests ?? "").deletingLastPathComponent()
        return directory.appendingPathComponent("sealpipe").path
    }()

    /// The root of the package, where job files, samples and documents are.
    static let package = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

    init() throws {
        var template = Array("/tmp/sealpipe-e2e-XXXXXX".utf8CString)
        path = try #require(unsafe mkdtemp(&template).map { unsafe String(cString: $0) })
    }

    deinit {
        // Directories without permissions would stay behind.
        let remove = Process()
        remove.executableURL = URL(fileURLWithPath: "/bin/sh")
        remove.arguments = ["-c", "chmod -R u+rwX \"$0\" 2>/dev/null; rm -rf \"$0\"", path]
        try? remove.run()
        remove.waitUntilExit()
    }

    func callAsFunction(_ name: String) -> String { "\(path)/\(name)" }

    // MARK: programs

    /// Runs the program to its end.
    func sealpipe(_ arguments: String..., store: String = "okms") throws -> Ending {
        try start(arguments, store: store).end()
    }

    /// Runs a script to its end; `sealpipe` is the program.
    @discardableResult
    func shell(_ script: String) throws -> Ending {
        let functions = "sealpipe() { '\(Self.program)' \"$@\"; }\n"
        return try Running("/bin/bash", ["-c", functions + script], in: self, store: "okms").end()
    }

    /// Starts the program; its standard input stays open until it is told to end.
    func start(_ arguments: [String], store: String = "okms") throws -> Running {
        try Running(Self.program, arguments, in: self, store: store)
    }

    /// Starts a script.
    func start(script: String) throws -> Running {
        try Running("/bin/bash", ["-c", script], in: self, store: "okms")
    }

    // MARK: files

    func write(_ name: String, _ bytes: some Sequence<UInt8>) throws {
        let url = URL(fileURLWithPath: self(name))
        try FileManager.default.createDirectory(
            at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(bytes).write(to: url)
    }

    func write(_ name: String, _ text: String) throws { try write(name, Array(text.utf8)) }

    func read(_ name: String) throws -> Data {
        try Data(contentsOf: URL(fileURLWithPath: name.hasPrefix("/") ? name : self(name)))
    }

    func text(_ name: String) throws -> String { String(decoding: try read(name), as: UTF8.self) }

    func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: self(name)) }

    /// The names in a directory, hidden ones too; none where there is no directory.
    func names(_ directory: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: self(directory))) ?? []).sorted()
    }

    /// The archives of a set: what is in it but its lock.
    func archives(_ set: String) -> [String] { names(set).filter { $0 != ".lock" } }

    /// Whether two trees are the same.
    func same(_ one: String, _ other: String) throws -> Bool {
        try shell("diff -r --no-dereference '\(one)' '\(other)'").status == 0
    }
}

/// Bytes that do not compress, the same ones every time.
func noise(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
    var state = seed &* 0x9e37_79b9_7f4a_7c15 | 1
    return (0..<count).map { _ in
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return UInt8(truncatingIfNeeded: state >> 24)
    }
}

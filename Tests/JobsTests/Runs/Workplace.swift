import Foundation
import Glibc
import Jobs
import Testing

/// A temporary folder with a key store of its own, for jobs run in process.
final class Workplace: Sendable {
    let path: String

    init() throws {
        var template = Array("/tmp/sealpipe-tests-XXXXXX".utf8CString)
        path = try #require(unsafe mkdtemp(&template).map { unsafe String(cString: $0) })
    }

    deinit {
        // Directories without permissions would stay behind.
        let chmod = Process()
        chmod.executableURL = URL(fileURLWithPath: "/bin/chmod")
        chmod.arguments = ["-R", "u+rwX", path]
        chmod.standardError = FileHandle.nullDevice
        try? chmod.run()
        chmod.waitUntilExit()
        try? FileManager.default.removeItem(atPath: path)
    }

    func callAsFunction(_ name: String) -> String { "\(path)/\(name)" }

    var environment: RunEnvironment { RunEnvironment(store: self("okms"), tool: "tests") }

    @discardableResult
    func run(_ job: Job, progress: RunProgress = RunProgress()) throws -> RunSummary {
        try JobRunner(job, environment: environment, progress: progress).run()
    }

    func write(_ name: String, _ bytes: [UInt8]) throws {
        let url = URL(fileURLWithPath: self(name))
        try FileManager.default.createDirectory(
            at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(bytes).write(to: url)
    }

    func read(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(fileURLWithPath: self(name))))
    }

    /// Runs a program and returns its status and output.
    @discardableResult
    func shell(_ command: String) throws -> (status: Int32, output: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", command]
        process.currentDirectoryURL = URL(fileURLWithPath: path)
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: output, as: UTF8.self))
    }
}

/// Sizes that make every boundary occur in little data.
let tinyStages = Stages(
    chunkByteCount: 64 << 10, compression: .init(level: 1),
    encryption: .init(frameByteCount: 4 << 10, partByteCount: 128 << 10))

extension Job {
    static func seal(
        _ sources: [Source], into set: String, stages: Stages = tinyStages, exclude: [Glob] = []
    ) -> Job {
        Job(
            name: "test", input: .paths(sources, exclude: exclude), stages: stages,
            output: .archive(path: set))
    }

    static func restore(
        _ archive: String, into directory: String, select: [Glob] = [],
        overwrite: Output.OverwritePolicy = .refuse
    ) -> Job {
        Job(
            name: "test", input: .archive(path: archive, select: select),
            stages: Stages(decrypts: true, decompresses: true),
            output: .directory(path: directory, overwrite: overwrite))
    }
}

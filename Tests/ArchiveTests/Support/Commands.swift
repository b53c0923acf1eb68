import Foundation
import Testing

/// What a program did.
struct Finished {
    let status: Int32
    let output: [UInt8]
    let errors: String

    var text: String { String(decoding: output, as: UTF8.self) }
}

/// Where a program of the machine is; nil if it is not installed.
func program(_ name: String) -> String? {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
    return path.split(separator: ":").map { "\($0)/\(name)" }
        .first(where: FileManager.default.isExecutableFile)
}

/// Runs a program to its end, feeding it `input`.
@discardableResult
func run(
    _ name: String, _ arguments: [String], input: [UInt8] = [], in directory: String? = nil
) throws -> Finished {
    let process = Process()
    let path = try #require(program(name), "\(name) is not installed")
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = arguments
    if let directory { process.currentDirectoryURL = URL(fileURLWithPath: directory) }
    process.environment = ProcessInfo.processInfo.environment.merging(
        ["LC_ALL": "C.UTF-8", "TZ": "UTC"], uniquingKeysWith: { $1 })
    // Files, not pipes: nothing has to be read and written at the same time.
    return try withTemporaryDirectory { scratch in
        let files = ["in", "out", "err"].map { URL(fileURLWithPath: "\(scratch)/\($0)") }
        try Data(input).write(to: files[0])
        try Data().write(to: files[1])
        try Data().write(to: files[2])
        process.standardInput = try FileHandle(forReadingFrom: files[0])
        process.standardOutput = try FileHandle(forWritingTo: files[1])
        process.standardError = try FileHandle(forWritingTo: files[2])
        try process.run()
        process.waitUntilExit()
        return Finished(
            status: process.terminationStatus, output: Array(try Data(contentsOf: files[1])),
            errors: String(decoding: try Data(contentsOf: files[2]), as: UTF8.self))
    }
}

/// Lends a fresh directory and removes it, whatever happens and whatever modes it holds.
func withTemporaryDirectory<R>(_ body: (String) throws -> R) throws -> R {
    let path = try makeTemporaryDirectory()
    defer { removeTree(path) }
    return try body(path)
}

func makeTemporaryDirectory() throws -> String {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("archive-\(UUID())")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    return url.path
}

func removeTree(_ path: String) {
    for (name, arguments) in [("chmod", ["-R", "u+rwX", path]), ("rm", ["-rf", path])] {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/\(name)")
        process.arguments = arguments
        process.standardError = FileHandle.nullDevice
        do {
            try process.run()
            process.waitUntilExit()
        } catch {
            Issue.record(error)
        }
    }
}

let isRoot = geteuid() == 0

import Foundation
import Testing

/// A directory that lives as long as the test process.
enum ProcessDirectory {
    private static let path = FileManager.default.temporaryDirectory.path + "/okms-\(UUID())"

    static let shared = Result {
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700])
        atexit {
            try? FileManager.default.removeItem(atPath: ProcessDirectory.path)
        }
        return path
    }
}

/// Runs a command to its successful end.
func run(_ command: String...) throws {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = command
    let output = Pipe()
    process.standardOutput = output
    process.standardError = output
    try process.run()
    let text = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    try #require(
        process.terminationStatus == 0,
        "\(command.joined(separator: " ")): \(String(decoding: text, as: UTF8.self))")
}

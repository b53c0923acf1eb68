import Foundation
import Testing

@testable import Storage

/// Lends a fresh directory and removes it, whatever happens.
func withTemporaryDirectory(_ body: (String) throws -> Void) throws {
    let path = try makeTemporaryDirectory()
    defer { try? FileManager.default.removeItem(atPath: path) }
    try body(path)
}

func makeTemporaryDirectory() throws -> String {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("storage-\(UUID())")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    return url.path
}

func write(_ text: String, to path: String) throws {
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
}

func makeDirectory(_ path: String) throws {
    try FileManager.default.createDirectory(
        atPath: path, withIntermediateDirectories: true, attributes: nil)
}

func names(in path: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: path).sorted()
}

/// A set that holds an archive of one file.
func makeSet(at path: String, _ archives: [ArchiveName]) throws -> ArchiveSet {
    let set = try ArchiveSet(makingAt: path)
    for name in archives {
        let partial = try set.begin(name)
        let file = try partial.create(StoredArchive.manifestName)
        try file.write(Array("\(name)".utf8).span, at: 0)
        try file.publish()
        _ = try partial.commit()
    }
    return set
}

/// What a program writes to standard output; nil where the machine does not have it.
func output(of program: String, _ arguments: [String]) throws -> String? {
    let paths = ["/usr/bin/\(program)", "/bin/\(program)"]
    guard let path = paths.first(where: FileManager.default.isExecutableFile) else { return nil }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = arguments
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let data = try pipe.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    return String(decoding: data, as: UTF8.self)
}

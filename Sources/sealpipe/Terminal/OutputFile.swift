import Foundation

/// A file that a command was told to write.
enum OutputFile {
    /// Puts bytes there in one step. What is no regular file (a pipe, a device) stays what it is and is
    /// written to: a rename would put a file in the place of `/dev/null`.
    static func write(_ bytes: [UInt8], to path: String) throws {
        let url = URL(fileURLWithPath: path)
        let place = url.resolvingSymlinksInPath().path
        let type = try? FileManager.default.attributesOfItem(atPath: place)[.type]
        guard let type = type as? FileAttributeType, type != .typeRegular else {
            return try Data(bytes).write(to: url, options: .atomic)
        }
        let file = try FileHandle(forWritingTo: url)
        defer { try? file.close() }
        try file.write(contentsOf: bytes)
    }
}

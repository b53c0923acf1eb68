import Foundation
import Glibc
import Jobs

/// A file that a command was told to write.
enum OutputFile {
    /// What a file may hold, by how it begins.
    enum Form: String {
        case page = "<!DOCTYPE html>"
        case profile = "{\"content_bytes\":"
        case sweep = "{\"axes\":"
        case trace = "{\"displayTimeUnit\":"
    }

    /// Throws where there is a file already that holds something else: a slip of the fingers must not cost a
    /// job file or a manifest.
    static func check(_ path: String, mayHold form: Form) throws {
        var status = stat()
        guard unsafe stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
            status.st_size > 0
        else { return }
        let start = try? FileHandle(forReadingFrom: URL(fileURLWithPath: path))
            .read(upToCount: form.rawValue.utf8.count)
        guard start.map(Array.init) == Array(form.rawValue.utf8) else {
            throw JobError(
                .usage, "\(path) is there already and holds something else",
                hint: "name another file, or remove that one first")
        }
    }

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

import Foundation

/// The folder of test vectors, which belong to their specifications and not to this repository.
package enum VectorFolder {
    package static let path =
        ProcessInfo.processInfo.environment["SEALPIPE_VECTORS"] ?? "../shared/vectors"

    /// Whether tests over vectors run: in continuous integration they do, and fail without them.
    package static var isExpected: Bool {
        FileManager.default.fileExists(atPath: path)
            || ProcessInfo.processInfo.environment["CI"] == "true"
    }

    package static func contents(of file: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(filePath: path).appending(path: file)))
    }
}

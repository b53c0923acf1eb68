/// A reader of bytes that come from elsewhere, what it promises of any bytes, and bytes to begin with.
///
/// A file a target. `check` does with an input what the programs do, and throws where a promise is
/// broken; a trap or a fault is a broken promise anyway.
package struct FuzzTarget: Sendable {
    /// As in the names of the folder of its inputs and of its dictionary.
    package let name: String
    package let check: @Sendable ([UInt8]) throws -> Void
    /// Inputs that are read to their end, made by the writer that belongs to the reader.
    package let seeds: @Sendable () throws -> [[UInt8]]

    package static let all: [FuzzTarget] = [
        .message, .archive, .catalog, .manifest, .jobFile, .wire, .signature,
    ]
}

/// What a reader promises and an input showed to be untrue.
package struct BrokenPromise: Error, CustomStringConvertible {
    package let description: String
}

/// Throws unless the promise holds.
func promise(_ holds: Bool, _ promise: @autoclosure () -> String) throws(BrokenPromise) {
    if !holds { throw BrokenPromise(description: "it is not so that \(promise())") }
}

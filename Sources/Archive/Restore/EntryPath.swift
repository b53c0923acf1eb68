/// The path of an entry, taken apart and found harmless: it can only lead downwards.
package struct EntryPath: Sendable, Equatable {
    package let components: [ArraySlice<UInt8>]

    /// Throws `unsafePath` for an absolute path, an empty one, and one with a component that is empty,
    /// `.` or `..`, or that holds a NUL.
    package init(_ path: [UInt8]) throws(ArchiveError) {
        let components = path.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        for component in components {
            let isDots = component.count <= 2 && component.allSatisfy { $0 == UInt8(ascii: ".") }
            guard !isDots, !component.contains(0) else { throw .unsafePath(display(path: path)) }
        }
        self.components = components
    }

    package var name: [UInt8] { Array(components[components.count - 1]) }
    package var parent: ArraySlice<ArraySlice<UInt8>> { components.dropLast() }
}

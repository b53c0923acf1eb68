/// A pattern for names inside an archive, in the manner of gitignore.
///
/// `*` and `?` stand for anything but `/`, `[a-z]` and `[!a-z]` for one character, `**` between
/// slashes for any number of folders; a backslash takes the next character as it is. A pattern
/// without a slash may match any component (`*.tmp`), one with a slash starts at the top; one that
/// ends in a slash matches folders only. What lies below a match matches too.
///
/// Names are UTF-8 bytes; a byte that is not UTF-8 counts as one character. Matching backtracks to
/// the last star only: at most pattern × name steps.
package struct Glob: Sendable, Hashable {
    package enum Invalid: Error, Hashable {
        case empty
        case negated
        /// A `[` that no `]` closes, or a range that runs backwards.
        case badSet
        case danglingBackslash
        /// `//`, `.` or `..` as a component: no name in an archive has one.
        case badComponent
    }

    /// What was written.
    package let text: String
    private let components: [Component]
    private let foldersOnly: Bool

    private enum Component: Sendable, Hashable {
        case anyNumber
        case one(GlobComponent)
    }

    package init(_ text: String) throws(Invalid) {
        guard !text.isEmpty else { throw .empty }
        guard text.utf8.first != UInt8(ascii: "!") else { throw .negated }
        var pieces = Self.split(Array(text.utf8))
        foldersOnly = pieces.count > 1 && pieces.last == []
        if foldersOnly { pieces.removeLast() }
        if pieces.count > 1, pieces.first == [] {
            pieces.removeFirst()
        } else if pieces.count == 1 {
            pieces.insert(Array("**".utf8), at: 0)
        }
        var components: [Component] = []
        for piece in pieces {
            if piece == Array("**".utf8) {
                components.append(.anyNumber)
            } else {
                components.append(.one(try GlobComponent(piece)))
            }
        }
        self.text = text
        self.components = components
    }

    /// At slashes, but not inside `[…]` nor after a backslash.
    private static func split(_ pattern: [UInt8]) -> [[UInt8]] {
        var pieces: [[UInt8]] = [[]]
        var isEscaped = false
        for byte in pattern {
            if byte == UInt8(ascii: "/"), !isEscaped {
                pieces.append([])
            } else {
                pieces[pieces.count - 1].append(byte)
            }
            isEscaped = byte == UInt8(ascii: "\\") && !isEscaped
        }
        return pieces
    }

    package static func == (a: Glob, b: Glob) -> Bool { a.text.utf8.elementsEqual(b.text.utf8) }

    package func hash(into hasher: inout Hasher) {
        for byte in text.utf8 { hasher.combine(byte) }
    }

    package func matches(_ name: String, isFolder: Bool = false) -> Bool {
        matches(Array(name.utf8).span, isFolder: isFolder)
    }

    /// `name` is a path inside the archive, without a leading slash; a trailing one is ignored.
    package func matches(_ name: Span<UInt8>, isFolder: Bool = false) -> Bool {
        var end = name.count
        while end > 0, name[end - 1] == UInt8(ascii: "/") { end -= 1 }
        guard end > 0 else { return false }
        // Where the next components of pattern and name are; where to go on if they differ.
        var next = 0
        var start = 0
        var retry: (next: Int, start: Int)?
        while true {
            let isUsedUp = start > end
            if next == components.count {
                return !isUsedUp || !foldersOnly || isFolder
            }
            switch components[next] {
            case .anyNumber where next + 1 == components.count:
                let isBelow = !isUsedUp && endOfComponent(name, from: start, end) < end
                return !isUsedUp && (!foldersOnly || isFolder || isBelow)
            case .anyNumber:
                next += 1
                retry = (next, start)
                continue
            case .one(let component):
                guard !isUsedUp else { return false }
                let stop = endOfComponent(name, from: start, end)
                if component.matches(name, from: start, to: stop) {
                    next += 1
                    start = stop + 1
                    continue
                }
            }
            guard let (again, from) = retry else { return false }
            next = again
            start = endOfComponent(name, from: from, end) + 1
            retry = (again, start)
        }
    }

    private func endOfComponent(_ name: Span<UInt8>, from start: Int, _ end: Int) -> Int {
        var stop = start
        while stop < end, name[stop] != UInt8(ascii: "/") { stop += 1 }
        return stop
    }
}

extension Glob.Invalid {
    /// Why a text is no pattern, in words.
    package func message(about text: String) -> String {
        switch self {
        case .empty: "a pattern is not empty"
        case .negated: "a pattern that begins with '!' takes nothing back here"
        case .badSet:
            "\(text.quoted) has a '[' that is not closed or a range that runs backwards"
        case .danglingBackslash: "\(text.quoted) ends in a backslash"
        case .badComponent:
            "\(text.quoted) can match nothing: no name has an empty, '.' or '..' component"
        }
    }
}

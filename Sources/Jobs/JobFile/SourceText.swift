/// A line and a column, both from 1; columns are Unicode scalars.
struct TextPlace: Hashable {
    let line: Int
    let column: Int
}

/// The text of a job file by lines and columns, counted as libyaml counts them.
struct SourceText {
    private var scalars: [Unicode.Scalar]
    private let lineStarts: [Int]

    init(_ text: String) {
        scalars = Array(text.unicodeScalars)
        lineStarts = Self.lineStarts(scalars)
    }

    var text: String {
        var text = String.UnicodeScalarView()
        text.append(contentsOf: scalars)
        return String(text)
    }

    /// Breaks are LF, CR, CR LF, NEL, LS and PS.
    private static func lineStarts(_ scalars: [Unicode.Scalar]) -> [Int] {
        var starts = [0]
        for (index, scalar) in scalars.enumerated() {
            switch scalar.value {
            case 0x0a, 0x85, 0x2028, 0x2029: starts.append(index + 1)
            case 0x0d:
                let next = index + 1
                if next == scalars.count || scalars[next].value != 0x0a { starts.append(next) }
            default: break
            }
        }
        return starts
    }

    private func index(of place: TextPlace) -> Int? {
        guard lineStarts.indices ~= place.line - 1 else { return nil }
        let index = lineStarts[place.line - 1] + place.column - 1
        return scalars.indices ~= index ? index : nil
    }

    func scalar(at place: TextPlace) -> Unicode.Scalar? { index(of: place).map { scalars[$0] } }

    /// Gives the key at `place` a name of its own by replacing one character with one from a private
    /// area, so that every position stays what it was.
    mutating func rename(at place: TextPlace, serial: Int) -> Bool {
        guard var index = index(of: place), let other = Unicode.Scalar(0xe000 + UInt32(serial))
        else {
            return false
        }
        if scalars[index] == "\"" || scalars[index] == "'" { index += 1 }
        guard index < scalars.count else { return false }
        scalars[index] = other
        return true
    }

    // MARK: Tabs

    /// Tabs that indent a line.
    var leadingTabs: [TextPlace] {
        tabs { line in
            line.prefix { $0 == " " || $0 == "\t" }.firstIndex(of: "\t")
        }
    }

    /// The first tab of each line that stands before any comment.
    var tabsOutsideComments: [TextPlace] {
        tabs { line in
            guard let tab = line.firstIndex(of: "\t") else { return nil }
            var previous: Unicode.Scalar = " "
            for scalar in line[..<tab] {
                if scalar == "#", previous == " " { return nil }
                previous = scalar
            }
            let rest = line[tab...].first { $0 != " " && $0 != "\t" && $0 != "\r" && $0 != "\n" }
            return rest == nil || rest == "#" ? nil : tab
        }
    }

    private func tabs(_ find: (ArraySlice<Unicode.Scalar>) -> Int?) -> [TextPlace] {
        lineStarts.indices.compactMap { line in
            let start = lineStarts[line]
            let end = line + 1 < lineStarts.count ? lineStarts[line + 1] : scalars.count
            return find(scalars[start..<end]).map {
                TextPlace(line: line + 1, column: $0 - start + 1)
            }
        }
    }

    // MARK: Aliases

    /// Where the first alias seems to stand, if there are anchors and more aliases than any honest
    /// file has. Aliases nested in each other grow exponentially, and Yams would follow them.
    var firstOfManyAliases: TextPlace? {
        var anchors = 0
        var aliases: [Int] = []
        for index in scalars.indices.dropLast() {
            let sign = scalars[index]
            guard sign == "*" || sign == "&", Self.isNameCharacter(scalars[index + 1]),
                index == 0 || " \t\n\r[]{},?:-".unicodeScalars.contains(scalars[index - 1])
            else { continue }
            if sign == "&" { anchors += 1 } else { aliases.append(index) }
        }
        guard anchors > 0, aliases.count > 16, let first = aliases.first else { return nil }
        let line = lineStarts.lastIndex { $0 <= first } ?? 0
        return TextPlace(line: line + 1, column: first - lineStarts[line] + 1)
    }

    private static func isNameCharacter(_ scalar: Unicode.Scalar) -> Bool {
        scalar == "_" || scalar == "-" || scalar.properties.isAlphabetic
            || "0"..."9" ~= scalar
    }
}

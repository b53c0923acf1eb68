/// A size as people write it: a whole number and its unit, `4MiB` (2²²) or `4MB` (4 × 10⁶).
package enum ByteSize {
    package enum Invalid: Error, Equatable {
        case noUnit
        /// A unit in the wrong case, or `M` for `MiB`: what it should have been.
        case misspelledUnit(String)
        case notASize
        case tooLarge
    }

    /// Largest first, so that rendering takes the shortest form.
    private static let units: [(name: String, byteCount: Int)] = [
        ("TiB", 1 << 40), ("TB", 1_000_000_000_000), ("GiB", 1 << 30), ("GB", 1_000_000_000),
        ("MiB", 1 << 20), ("MB", 1_000_000), ("KiB", 1 << 10), ("kB", 1000), ("B", 1),
    ]

    /// What the schema says about a size.
    static let pattern = "^[0-9]+(B|kB|KB|KiB|MB|MiB|GB|GiB|TB|TiB)$"

    package static func parse(_ text: String) throws(Invalid) -> Int {
        let digits = text.prefix { "0"..."9" ~= $0 }
        let unit = String(text.dropFirst(digits.count))
        guard !digits.isEmpty else { throw .notASize }
        guard !unit.isEmpty else { throw .noUnit }
        let name = unit == "KB" ? "kB" : unit
        guard let (_, byteCount) = units.first(where: { $0.name == name }) else {
            guard let meant = Self.unit(meantBy: unit) else { throw .notASize }
            throw .misspelledUnit(meant)
        }
        guard let number = Int(digits) else { throw .tooLarge }
        let (product, overflow) = number.multipliedReportingOverflow(by: byteCount)
        guard !overflow else { throw .tooLarge }
        return product
    }

    /// `mib`, ` MiB` and `M` all mean `MiB`.
    private static func unit(meantBy text: String) -> String? {
        let bare = text.lowercased().filter { $0 != " " }
        let names = units.map(\.name)
        return names.first { $0.lowercased() == bare }
            ?? names.first { $0.hasSuffix("iB") && $0.lowercased().dropLast(2) == bare }
    }

    /// The shortest exact spelling, binary units before decimal ones.
    static func text(_ byteCount: Int) -> String {
        let exact = units.filter { byteCount >= $0.byteCount && byteCount % $0.byteCount == 0 }
        let unit = exact.first { $0.name.contains("i") } ?? exact.first ?? ("B", 1)
        return "\(byteCount / unit.byteCount)\(unit.name)"
    }
}

/// Which of the known names a mistyped one was probably meant to be.
enum NearestName {
    /// The closest candidate within a third of the name's length, at least one edit; a tie goes to
    /// the first.
    static func of(_ name: String, among candidates: [String]) -> String? {
        guard name.utf8.count <= 64 else { return nil }
        let plain = normalised(name)
        let ranked = candidates.map { ($0, distance(plain, normalised($0))) }
        guard let best = ranked.min(by: { $0.1 < $1.1 }) else { return nil }
        return best.1 <= max(1, min(plain.count, best.0.utf8.count) / 3) ? best.0 : nil
    }

    static func hint(for name: String, among candidates: [String]) -> String? {
        of(name, among: candidates).map { "did you mean '\($0)'?" }
    }

    /// Case, hyphens and underscores are no difference.
    private static func normalised(_ name: String) -> [UInt8] {
        name.lowercased().utf8.filter { $0 != UInt8(ascii: "_") && $0 != UInt8(ascii: "-") }
    }

    /// Edits between two names: insert, delete, replace, swap neighbours.
    /// Source: optimal string alignment distance.
    private static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
        var beforeLast: [Int] = []
        var last = Array(0...b.count)
        for i in a.indices {
            var row = [i + 1]
            for j in b.indices {
                var best = min(last[j] + (a[i] == b[j] ? 0 : 1), last[j + 1] + 1, row[j] + 1)
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
                    best = min(best, beforeLast[j - 1] + 1)
                }
                row.append(best)
            }
            (beforeLast, last) = (last, row)
        }
        return last[b.count]
    }
}

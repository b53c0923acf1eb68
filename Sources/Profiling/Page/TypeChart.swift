import Jobs

/// Where the bytes went: a bar a type of file, as long as its bytes, filled as far as they were stored.
struct TypeChart {
    let profile: Profile

    private static let left = 176.0
    private static let right = 410.0
    private static let pitch = 28.0
    /// So many types have bars of their own.
    private static let limit = 12

    private var rows: [Profile.FileType] {
        let (first, others) = (
            profile.types.prefix(Self.limit), profile.types.dropFirst(Self.limit)
        )
        guard !others.isEmpty else { return Array(first) }
        var rest = Profile.FileType(
            name: "\(others.count) more", files: 0, contentBytes: 0, tarBytes: 0, storedBytes: 0)
        for type in others {
            rest.files += type.files
            rest.contentBytes &+= type.contentBytes
            rest.tarBytes += type.tarBytes
            rest.storedBytes += type.storedBytes
        }
        return first + [rest]
    }

    /// Nil where types were not counted.
    var picture: Node? {
        let most = rows.map { max($0.tarBytes, $0.storedBytes) }.max() ?? 0
        guard most > 0 else { return nil }
        func length(_ bytes: Int) -> Double {
            (Self.right - Self.left) * Double(bytes) / Double(most)
        }
        var drawing = Drawing(
            "types", title: "Bytes by type of file",
            description: rows.map { "\($0.name): \(Self.words($0))" }.joined(separator: "; ") + ".",
            height: 24 + Double(rows.count) * Self.pitch)
        drawing.rect(x: Self.left, y: 3, width: 12, height: 12, "whole")
        drawing.text("as files", x: Self.left + 18, y: 13, "small")
        drawing.rect(x: Self.left + 92, y: 3, width: 12, height: 12, "stored")
        drawing.text("as stored", x: Self.left + 110, y: 13, "small")
        for (index, row) in rows.enumerated() {
            let y = 24 + Double(index) * Self.pitch
            drawing.text(
                Self.short(row.name), x: Self.left - 8, y: y + 14, anchor: "end", "strong")
            drawing.rect(x: Self.left, y: y, width: length(row.tarBytes), height: 19, "whole")
            drawing.rect(
                x: Self.left, y: y + 4, width: length(row.storedBytes), height: 11, "stored")
            let end = Self.left + length(max(row.tarBytes, row.storedBytes))
            drawing.text(Self.words(row), x: end + 8, y: y + 14, "small")
        }
        return drawing.node
    }

    private static func words(_ type: Profile.FileType) -> String {
        let words = "\(Amount.bytes(type.tarBytes)) as \(Amount.bytes(type.storedBytes))"
        return type.ratio.map { "\(words), \(Figure.ratio($0)) : 1" } ?? words
    }

    private static func short(_ name: String) -> String {
        name.count > 22 ? name.prefix(21) + "…" : name
    }

    var table: Table {
        Table(
            caption: "Bytes by type of file",
            columns: ["type", "files", "their bytes", "in the tar", "stored", "ratio"],
            rows: rows.map { type in
                [
                    type.name, Figure.count(type.files), Amount.bytes(type.contentBytes),
                    Amount.bytes(type.tarBytes), Amount.bytes(type.storedBytes),
                    type.ratio.map(Figure.ratio) ?? "–",
                ]
            })
    }
}

extension Profile.FileType {
    /// Bytes of tar for one that is stored.
    fileprivate var ratio: Double? {
        storedBytes > 0 && tarBytes > 0 ? Double(tarBytes) / Double(storedBytes) : nil
    }
}

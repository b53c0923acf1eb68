/// Rows of text as columns: each as wide as its longest cell, the first ones to the left, the others,
/// which hold figures, to the right.
enum TextTable {
    static func lines(_ rows: [[String]], wordColumns: Int = 1) -> [String] {
        guard let head = rows.first else { return [] }
        let widths = head.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            let cells = zip(row, widths).enumerated().map { column, cell in
                let padding = String(repeating: " ", count: cell.1 - cell.0.count)
                return column < wordColumns ? cell.0 + padding : padding + cell.0
            }
            let line = cells.joined(separator: "  ")
            return String(line.reversed().drop { $0 == " " }.reversed())
        }
    }
}

/// A table: the first cell of a row names it, the others are figures unless they are words.
struct Table {
    let caption: String
    let columns: [String]
    let rows: [[String]]
    /// Columns of words, which begin at the left.
    var wordColumns: Set<Int> = []

    var node: Node {
        func style(_ column: Int) -> String {
            column == 0 || wordColumns.contains(column) ? "word" : "figure"
        }
        let head = columns.enumerated().map { column, name in
            Node.element("th", ["scope": "col", "class": style(column)], [.text(name)])
        }
        let body = rows.map { row in
            Node.element(
                "tr", [:],
                row.enumerated().map { column, cell in
                    column == 0
                        ? .element("th", ["scope": "row", "class": "word"], [.text(cell)])
                        : .element("td", ["class": style(column)], [.text(cell)])
                })
        }
        // What is too wide for the window scrolls by itself, with the keyboard too.
        return .element(
            "div",
            ["class": "scroll", "tabindex": "0", "role": "region", "aria-label": caption],
            [
                .element(
                    "table", [:],
                    [
                        .element("caption", [:], [.text(caption)]),
                        .element("thead", [:], [.element("tr", [:], head)]),
                        .element("tbody", [:], body),
                    ])
            ])
    }
}

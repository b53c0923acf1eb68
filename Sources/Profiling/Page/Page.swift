/// A page of HTML that needs nothing else: no network, no script, no mouse.
struct Page {
    let title: String
    /// What stands above everything: when and of what, the sentence that matters, and what follows.
    let kicker: String
    let headline: String
    var advice: String?
    let sections: [(title: String, children: [Node])]

    var html: String {
        var html = "<!DOCTYPE html>\n"
        root.write(to: &html)
        return html + "\n"
    }

    private var root: Node {
        .element(
            "html", ["lang": "en", "xmlns": "http://www.w3.org/1999/xhtml"],
            [
                .element(
                    "head", [:],
                    [
                        .element("meta", ["charset": "utf-8"]),
                        .element(
                            "meta",
                            [
                                "http-equiv": "Content-Security-Policy",
                                "content":
                                    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
                                    + "base-uri 'none'; form-action 'none'",
                            ]),
                        .element(
                            "meta",
                            ["name": "viewport", "content": "width=device-width, initial-scale=1"]),
                        .element("meta", ["name": "color-scheme", "content": "light dark"]),
                        .element("title", [:], [.text(title)]),
                        .element("style", [:], [.text(PageStyle.text)]),
                    ]),
                .element("body", [:], [.element("main", [:], [header] + sections.map(section))]),
            ])
    }

    private var header: Node {
        var lines: [Node] = [
            .element("p", ["class": "kicker"], [.text(kicker)]),
            .element("h1", [:], [.text(headline.prefix(1).uppercased() + headline.dropFirst())]),
        ]
        if let advice { lines.append(.element("p", ["class": "advice"], [.text(advice)])) }
        return .element("header", [:], lines)
    }

    private func section(_ title: String, _ children: [Node]) -> Node {
        .element("section", [:], [.element("h2", [:], [.text(title)])] + children)
    }
}

extension Node {
    /// A picture with what it shows, and the same as a table.
    static func figure(_ picture: Node, _ caption: String, _ table: Table) -> Node {
        .element(
            "figure", [:],
            [picture, .element("figcaption", [:], [.text(caption)]), table.node])
    }
}

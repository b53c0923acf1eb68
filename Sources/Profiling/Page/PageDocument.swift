/// A whole page that needs nothing else: no network, no script. What it may load is nothing.
enum PageDocument {
    static func html(title: String, _ body: [Node]) -> String {
        let policy =
            "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
        let head: [Node] = [
            .element("meta", ["charset": "utf-8"]),
            .element("meta", ["http-equiv": "Content-Security-Policy", "content": policy]),
            .element(
                "meta", ["name": "viewport", "content": "width=device-width, initial-scale=1"]),
            .element("meta", ["name": "color-scheme", "content": "light dark"]),
            .element("title", [:], [.text(title)]),
            .element("style", [:], [.text(PageStyle.text)]),
        ]
        var html = "<!DOCTYPE html>\n"
        Node.element(
            "html", ["lang": "en", "xmlns": "http://www.w3.org/1999/xhtml"],
            [
                .element("head", [:], head),
                .element("body", [:], [.element("main", [:], body)]),
            ]
        ).write(to: &html)
        return html + "\n"
    }
}

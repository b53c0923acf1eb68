import Foundation
import FoundationXML

/// A page as a parser of XML sees it.
final class PageReading: NSObject, XMLParserDelegate {
    struct Element {
        let name: String
        let attributes: [String: String]
        var text = ""
        /// The innermost `svg` it is in.
        let drawing: String?
    }

    var elements: [Element] = []
    var isWhole = false
    private var open: [Int] = []

    init(_ html: String) {
        super.init()
        let parser = XMLParser(data: Data(html.utf8))
        parser.delegate = self
        isWhole = parser.parse()
    }

    func parser(
        _ parser: XMLParser, didStartElement name: String, namespaceURI: String?,
        qualifiedName: String?, attributes: [String: String]
    ) {
        let drawing = open.map { elements[$0] }.last { $0.name == "svg" }?.attributes["id"]
        open.append(elements.count)
        elements.append(Element(name: name, attributes: attributes, drawing: drawing))
    }

    func parser(_ parser: XMLParser, foundCharacters text: String) {
        if let last = open.last { elements[last].text += text }
    }

    func parser(
        _ parser: XMLParser, didEndElement: String, namespaceURI: String?,
        qualifiedName: String?
    ) { open.removeLast() }

    func named(_ name: String) -> [Element] { elements.filter { $0.name == name } }

    func count(_ name: String) -> Int { named(name).count }

    var ids: [String] { elements.compactMap { $0.attributes["id"] } }
    var texts: [String] { elements.map(\.text) }

    /// Whether an element has just this text.
    func says(_ text: String) -> Bool {
        texts.contains { $0.trimmingCharacters(in: .whitespacesAndNewlines) == text }
    }
}

import Foundation

/// Pictures as SVG: `width` units wide, about a pixel each. Colours come from the page's classes.
struct Drawing {
    static let width = 640.0

    /// Names the drawing on its page.
    let id: String
    let title: String
    /// What can be seen in it, for who cannot see it.
    let description: String
    let height: Double
    var shapes: [Node] = []

    init(_ id: String, title: String, description: String, height: Double) {
        (self.id, self.title, self.description, self.height) = (id, title, description, height)
    }

    var node: Node {
        let size = "0 0 \(Self.number(Self.width)) \(Self.number(height))"
        return .element(
            "svg",
            [
                "id": id, "viewBox": size, "role": "img",
                "aria-labelledby": "\(id)-title \(id)-description",
            ],
            [
                .element("title", ["id": "\(id)-title"], [.text(title)]),
                .element("desc", ["id": "\(id)-description"], [.text(description)]),
            ] + shapes)
    }

    mutating func text(
        _ text: String, x: Double, y: Double, anchor: String = "start", _ style: String = ""
    ) {
        shapes.append(
            .element(
                "text",
                [
                    "x": Self.number(x), "y": Self.number(y), "text-anchor": anchor,
                    "class": style,
                ], [.text(text)]))
    }

    mutating func rect(
        x: Double, y: Double, width: Double, height: Double, round: Double = 0, _ style: String
    ) {
        shapes.append(
            .element(
                "rect",
                [
                    "x": Self.number(x), "y": Self.number(y),
                    "width": Self.number(max(0, width)), "height": Self.number(max(0, height)),
                    "rx": Self.number(round), "class": style,
                ]))
    }

    mutating func line(x1: Double, y1: Double, x2: Double, y2: Double, _ style: String) {
        shapes.append(
            .element(
                "line",
                [
                    "x1": Self.number(x1), "y1": Self.number(y1), "x2": Self.number(x2),
                    "y2": Self.number(y2), "class": style,
                ]))
    }

    mutating func circle(x: Double, y: Double, radius: Double, _ style: String) {
        shapes.append(
            .element(
                "circle",
                [
                    "cx": Self.number(x), "cy": Self.number(y), "r": Self.number(radius),
                    "class": style,
                ]))
    }

    /// Through `points`, closed where `isClosed`.
    mutating func path(_ points: [(x: Double, y: Double)], isClosed: Bool = false, _ style: String)
    {
        guard let first = points.first else { return }
        var steps = "M\(Self.number(first.x)) \(Self.number(first.y))"
        for point in points.dropFirst() {
            steps += "L\(Self.number(point.x)) \(Self.number(point.y))"
        }
        shapes.append(.element("path", ["d": steps + (isClosed ? "Z" : ""), "class": style]))
    }

    /// To a tenth of a unit.
    static func number(_ value: Double) -> String {
        let tenths = (value * 10).rounded() / 10
        return tenths == tenths.rounded() ? String(format: "%.0f", tenths) : "\(tenths)"
    }
}

import Foundation
import Testing

/// The page of a run that was made, in a real browser.
/// One browser at a time: it takes what other tests need.
@Suite(
    .serialized,
    .enabled(if: Browser.isThere, "Chromium is not installed (Debian's package chromium)"))
struct ProfilePageTests {
    private let place: Workplace

    /// Seals long enough for a look or two, and makes the page.
    init() throws {
        place = try Workplace()
        try place.write(
            "job.yaml", JobFileTests.good.replacingOccurrences(of: "level: 1", with: "level: 19"))
        let rows = (0..<150_000).map { "\($0),\($0 &* 7919 % 10007),order-\($0 % 977)\n" }
        try place.write("data/one.csv", rows.joined())
        try place.write("data/two.bin", noise(3_000_000))
        try place.write("data/three.<b>&\"'", "three")
        let ending = try place.sealpipe("profile", "--html", "page.html", "job.yaml")
        try #require(ending.status == 0, "\(ending)")
    }

    /// What the browser made of a drawing.
    private struct Drawing: Decodable {
        let id: String
        let width, height: Double
        /// Shapes that have an extent.
        let shapes: Int
        let labels: Int
        /// Labels that reach out of the drawing, and pairs that lie over one another.
        let outside, overlapping: [String]
    }

    private struct Layout: Decodable {
        let overflow: Double
        let drawings: [Drawing]
    }

    /// Measures what is drawn; what it finds is an attribute of the body.
    private static let measurement = """
        const drawings = [...document.querySelectorAll("svg")].map(svg => {
          const frame = svg.getBoundingClientRect();
          const texts = [...svg.querySelectorAll("text")]
            .map(text => ({ words: text.textContent, box: text.getBoundingClientRect() }));
          const outside = texts.filter(({ box }) => box.left < frame.left - 1
            || box.right > frame.right + 1 || box.top < frame.top - 1
            || box.bottom > frame.bottom + 1).map(text => text.words);
          const overlapping = texts.flatMap((one, index) => texts.slice(index + 1)
            .filter(other =>
              Math.min(one.box.right, other.box.right) - Math.max(one.box.left, other.box.left) > 1
              && Math.min(one.box.bottom, other.box.bottom) - Math.max(one.box.top, other.box.top) > 4)
            .map(other => one.words + " / " + other.words));
          const shapes = [...svg.querySelectorAll("path, rect, circle, line")]
            .filter(shape => shape.getBBox().width + shape.getBBox().height > 0).length;
          return { id: svg.id, width: frame.width, height: frame.height, shapes,
            labels: texts.length, outside, overlapping };
        });
        const overflow = document.documentElement.scrollWidth - window.innerWidth;
        document.body.setAttribute("data-layout",
          btoa(unescape(encodeURIComponent(JSON.stringify({ overflow, drawings })))));
        """

    private func layout(width: Int) throws -> Layout {
        // A page allows no script; the copy that is measured does.
        let page = try place.text("page.html")
        let policy = #/<meta http-equiv="Content-Security-Policy"[^>]*>/#
        try #require(page.contains(policy))
        try place.write(
            "measured.html",
            page.replacing(policy, with: "").replacing(
                "</body>", with: "<script>\(Self.measurement)</script></body>"))
        let opened = try Browser(place: place, width: width).open("measured.html")
        let match = try #require(opened.document.firstMatch(of: #/data-layout="([^"]*)"/#))
        let json = try #require(Data(base64Encoded: String(match.1)))
        return try JSONDecoder().decode(Layout.self, from: json)
    }

    @Test(arguments: [1280, 700])
    func `charts are drawn, and their labels can be read`(width: Int) throws {
        let layout = try layout(width: width)
        #expect(layout.overflow <= 0)
        let ids = layout.drawings.map(\.id)
        for id in ["flow", "throughput", "utilisation", "latency", "types"] {
            #expect(ids.contains(id), "\(id)")
        }
        for drawing in layout.drawings {
            #expect(drawing.width > 500 && drawing.height > 50, "\(drawing)")
            #expect(drawing.shapes >= 5 && drawing.labels >= 5, "\(drawing)")
            #expect(drawing.outside == [] && drawing.overlapping == [], "\(drawing)")
        }
    }

    @Test(arguments: [(1280, false), (1280, true), (700, false), (700, true)])
    func `the page is shown without an error, and a picture of it is left`(
        width: Int, isDark: Bool
    ) throws {
        let folder = "\(Workplace.package)/.build/profile-page"
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
        let file = "\(folder)/\(isDark ? "dark" : "light")-\(width).png"
        try? FileManager.default.removeItem(atPath: file)
        let browser = Browser(place: place, width: width, isDark: isDark)
        let (ending, console) = try browser.picture("page.html", as: file)
        #expect(console == [])
        let picture = try Picture(file)
        #expect(picture.width == width, "\(ending)")
        // Blank it would have one kind of line.
        #expect(picture.distinctLines > 300)
        // The background, as red, green and blue.
        #expect(picture.corner == (isDark ? [0x0f, 0x14, 0x19] : [0xff, 0xff, 0xff]))
    }

    @Test func `what the page must not do is noticed`() throws {
        let page = try place.text("page.html")
        try place.write(
            "bad.html",
            page.replacing(
                "</body>",
                with: "<script>1</script><img src=\"http://127.0.0.1:9/a.png\"/></body>"))
        let console = try Browser(place: place, width: 700).open("bad.html").console
        #expect(console.contains { $0.contains("script") })
        #expect(console.contains { $0.contains("127.0.0.1:9") })
    }

    @Test func `names are shown as they are`() throws {
        let opened = try Browser(place: place, width: 700).open("page.html")
        #expect(opened.document.contains(".&lt;b&gt;&amp;\"'"))
        #expect(opened.console == [])
    }
}

/// What of a PNG shows that it is none of a blank page. Source: the PNG specification, §11.
private struct Picture {
    let width, distinctLines: Int
    /// Red, green and blue of the first pixel.
    let corner: [Int]

    init(_ path: String) throws {
        let ending = try Workplace().shell(
            """
            python3 - '\(path)' <<'END'
            import struct, sys, zlib
            png = open(sys.argv[1], "rb").read()
            assert png[:8] == b"\\x89PNG\\r\\n\\x1a\\n"
            at, data, head = 8, b"", None
            while at < len(png):
                count, kind = struct.unpack(">I4s", png[at:at + 8])
                body = png[at + 8:at + 8 + count]
                if kind == b"IHDR": head = struct.unpack(">IIBB", body[:10])
                if kind == b"IDAT": data += body
                at += count + 12
            width, height, depth, colours = head
            assert depth == 8
            data = zlib.decompress(data)
            length = 1 + width * {2: 3, 6: 4}[colours]
            lines = [data[i:i + length] for i in range(0, len(data), length)]
            assert len(lines) == height
            print(width, len(set(lines)), *data[1:4])
            END
            """)
        let numbers = ending.out.split(whereSeparator: \.isWhitespace).compactMap { Int($0) }
        try #require(numbers.count == 5, "\(ending)")
        (width, distinctLines, corner) = (numbers[0], numbers[1], Array(numbers[2...]))
    }
}

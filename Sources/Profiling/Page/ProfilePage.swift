import Jobs

/// A profile as one page of HTML that needs nothing else: no network, no script, no mouse.
package struct ProfilePage {
    private let profile: Profile

    package init(_ profile: Profile) { self.profile = profile }

    package var html: String {
        var html = "<!DOCTYPE html>\n"
        page.write(to: &html)
        return html + "\n"
    }

    private var page: Node {
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
                        .element("title", [:], ["\(profile.job.name) – sealpipe profile"]),
                        .element("style", [:], [.text(PageStyle.text)]),
                    ]),
                .element("body", [:], [.element("main", [:], [verdict] + sections)]),
            ])
    }

    private var verdict: Node {
        let sentence = profile.verdict.sentence
        var lines: [Node] = [
            .element(
                "p", ["class": "kicker"],
                ["Profile of \(profile.job.name), \(profile.started), \(profile.tool)"]),
            .element(
                "h1", [:], [.text(sentence.prefix(1).uppercased() + sentence.dropFirst() + ".")]),
        ]
        if let advice = profile.verdict.advice {
            lines.append(.element("p", ["class": "advice"], ["Advice: \(advice)."]))
        }
        return .element("header", [:], lines)
    }

    private var sections: [Node] {
        let charts = OverTime(profile: profile).charts
        let latency = LatencyChart(profile: profile)
        let types = TypeChart(profile: profile)
        var sections = [section("The run", [PageFacts.figures(profile)])]
        if !profile.workingStages.isEmpty {
            sections.append(section("The flow", [flow]))
        }
        sections.append(
            section(
                "Over time",
                charts.isEmpty
                    ? [.element("p", [:], ["The run was over before it could be looked at."])]
                    : [.element("div", ["class": "charts"], charts.map(Self.figure))]))
        if let picture = latency.picture {
            sections.append(
                section(
                    "Latency",
                    [
                        Self.figure(
                            picture, "How long single pieces of a stage's work took.", latency.table
                        )
                    ]))
        }
        if let picture = types.picture {
            sections.append(
                section(
                    "Where the bytes went",
                    [
                        Self.figure(
                            picture,
                            "Bytes of files in the tar, and what is stored of them before encryption. A "
                                + "chunk's stored bytes are shared among its files in proportion.",
                            types.table)
                    ]))
        }
        if !profile.workingStages.isEmpty {
            sections.append(section("Stages", [PageFacts.stages(profile).node]))
        }
        sections.append(section("The machine", [PageFacts.machine(profile.machine)]))
        sections.append(section("The job", [PageFacts.job(profile.job)]))
        return sections
    }

    private func section(_ title: String, _ children: [Node]) -> Node {
        .element("section", [:], [.element("h2", [:], [.text(title)])] + children)
    }

    private var flow: Node {
        let legend = [
            ("calm", "busy less than half of the time"), ("busy", "busy half of the time or more"),
            ("full", "busy 80 % of the time or more"),
        ].map { style, words in
            Node.element(
                "span", ["class": "key"],
                [.element("span", ["class": "swatch \(style)"]), .text(words)])
        }
        return .element(
            "figure", [:],
            [
                FlowPicture(profile: profile).picture,
                .element("p", ["class": "legend"], legend),
                .element(
                    "figcaption", [:],
                    [
                        .text(
                            "Data goes from top to bottom. Busy is the share of its time that a stage "
                                + "worked, of all its workers where it has several; a queue shows how "
                                + "many items were in it on average.")
                    ]),
            ])
    }

    private static func figure(_ chart: StripChart) -> Node {
        .element(
            "figure", [:],
            [
                .element("h3", [:], [.text(chart.title)]), chart.picture,
                .element("figcaption", [:], [.text(chart.caption)]),
                .element(
                    "details", [:],
                    [.element("summary", [:], ["As figures"]), chart.table.node]),
            ])
    }

    private static func figure(_ picture: Node, _ caption: String, _ table: Table) -> Node {
        .element(
            "figure", [:],
            [picture, .element("figcaption", [:], [.text(caption)]), table.node])
    }
}

import Jobs

/// A profile as one page of HTML that needs nothing else: no network, no script, no mouse.
package struct ProfilePage {
    private let profile: Profile

    package init(_ profile: Profile) { self.profile = profile }

    package var html: String {
        Page(
            title: "\(profile.job.name) – sealpipe profile",
            kicker: "Profile of \(profile.job.name), \(profile.started), \(profile.tool)",
            headline: "\(profile.verdict.sentence).",
            advice: profile.verdict.advice.map { "Advice: \($0)." }, sections: sections
        ).html
    }

    private var sections: [(title: String, children: [Node])] {
        let charts = OverTime(profile: profile).charts
        let latency = LatencyChart(profile: profile)
        let types = TypeChart(profile: profile)
        var sections: [(title: String, children: [Node])] = [
            ("The run", [PageFacts.figures(profile)])
        ]
        if !profile.workingStages.isEmpty {
            sections.append(("The flow", [flow]))
        }
        sections.append(
            (
                "Over time",
                charts.isEmpty
                    ? [.element("p", [:], ["The run was over before it could be looked at."])]
                    : [.element("div", ["class": "charts"], charts.map(Self.figure))]
            ))
        if let picture = latency.picture {
            sections.append(
                (
                    "Latency",
                    [
                        Node.figure(
                            picture, "How long single pieces of a stage's work took.", latency.table
                        )
                    ]
                ))
        }
        if let picture = types.picture {
            sections.append(
                (
                    "Where the bytes went",
                    [
                        Node.figure(
                            picture,
                            "Bytes of files in the tar, and what is stored of them before encryption. A "
                                + "chunk's stored bytes are shared among its files in proportion.",
                            types.table)
                    ]
                ))
        }
        if !profile.workingStages.isEmpty {
            sections.append(("Stages", [PageFacts.stages(profile).node]))
        }
        sections.append(("The machine", [PageFacts.machine(profile.machine)]))
        sections.append(("The job", [PageFacts.job(profile.job)]))
        return sections
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
}

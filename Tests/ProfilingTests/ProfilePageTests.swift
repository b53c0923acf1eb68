import Foundation
import FoundationXML
import Testing

@testable import Profiling

@Suite struct ProfilePageTests {
    /// A run with names and figures that nobody should have.
    private static var hostile: Profile {
        var profile = Profile.sealing
        let name = "</script><script>alert('\"&\u{1}\u{fffe}')</script>"
        profile.job.name = name
        profile.machine.model = name
        profile.stages[1].name = name
        profile.queues[0].from = name
        profile.queues[0].name = "]]>\(name)"
        profile.types[0].name = ".<b>&\"'"
        profile.verdict.sentence = name
        profile.verdict.stage = name
        profile.stages[2].utilisation = 1e9
        profile.stages[2].latencyMilliseconds?.longest = 1e12
        profile.stages[3].latencyMilliseconds?.p50 = 0
        profile.samples[7].bytesIn = []
        profile.samples[7].depths = []
        profile.samples[8].seconds = 0
        profile.samples[9].residentBytes = .max
        profile.types[1].storedBytes = 0
        profile.machine.processors = 0
        return profile
    }

    private static let profiles: [(String, Profile)] = {
        var unseen = Profile.sealing
        unseen.samples = []
        var short = Profile.sealing
        short.pipelineSeconds = 0
        return [
            ("empty", .empty), ("sealing", .sealing), ("hostile", hostile), ("unseen", unseen),
            ("short", short),
        ]
    }()

    @Test func `every page is well-formed, and its drawings have titles of their own`() {
        for (name, profile) in Self.profiles {
            let page = PageReading(ProfilePage(profile).html)
            #expect(page.isWhole, "\(name)")
            let ids = page.elements.compactMap { $0.attributes["id"] }
            #expect(Set(ids).count == ids.count, "\(name)")
            for drawing in page.named("svg") {
                let labels = drawing.attributes["aria-labelledby"]?.split(separator: " ") ?? []
                #expect(drawing.attributes["role"] == "img" && labels.count == 2, "\(name)")
                for label in labels {
                    let element = page.elements.first { $0.attributes["id"] == String(label) }
                    #expect(element?.text.isEmpty == false, "\(name) \(label)")
                }
            }
        }
    }

    @Test func `every number of a drawing is one, and lies within it`() throws {
        for (name, profile) in Self.profiles {
            let page = PageReading(ProfilePage(profile).html)
            let heights = try Dictionary(
                uniqueKeysWithValues: page.named("svg").map { drawing in
                    let box = try #require(drawing.attributes["viewBox"]).split(separator: " ")
                    return (drawing.attributes["id"], try #require(Double(box[3])))
                })
            for element in page.elements {
                guard let drawing = element.drawing else { continue }
                let height = try #require(heights[drawing])
                for (key, value) in element.attributes {
                    if ["x", "x1", "x2", "cx", "width"].contains(key) {
                        let number = try #require(Double(value), "\(name) \(value)")
                        #expect(-0.1...640.1 ~= number, "\(name) \(element)")
                    } else if ["y", "y1", "y2", "cy", "height"].contains(key) {
                        let number = try #require(Double(value), "\(name) \(value)")
                        #expect(-0.1...height + 0.1 ~= number, "\(name) \(element)")
                    } else if key == "d" {
                        let isPath =
                            value.wholeMatch(of: #/M[\d.]+ [\d.]+(L[\d.]+ [\d.]+)*Z?/#) != nil
                        #expect(isPath, "\(name) \(value)")
                    }
                }
            }
        }
    }

    @Test func `contents come in the order in which they are read`() {
        let page = PageReading(ProfilePage(.sealing).html)
        #expect(
            page.named("h1").map(\.text) == [
                "Limited by compress: its 2 workers were busy 95 % of the time."
            ])
        #expect(
            page.named("h2").map(\.text) == [
                "The run", "The flow", "Over time", "Latency", "Where the bytes went", "Stages",
                "The machine", "The job",
            ])
        #expect(
            page.named("svg").compactMap { $0.attributes["id"] } == [
                "flow", "throughput", "utilisation", "queues", "others", "latency", "types",
            ])
        #expect(page.named("dd").map(\.text).contains("4.01 : 1"))
    }

    @Test func `a run of nothing has a page that says so`() {
        let page = PageReading(ProfilePage(.empty).html)
        #expect(page.named("h1").map(\.text) == ["Nothing was done, so nothing limits it."])
        #expect(page.named("svg").isEmpty)
        #expect(page.named("p").contains { $0.text.contains("over before") })
    }

    @Test func `a run that nobody looked at has its means, and no depths of queues`() {
        var profile = Profile.sealing
        profile.samples = []
        let ids = PageReading(ProfilePage(profile).html).named("svg").compactMap {
            $0.attributes["id"]
        }
        #expect(ids == ["flow", "throughput", "utilisation", "others", "latency", "types"])
    }

    @Test func `what names hold stays text`() {
        let page = PageReading(ProfilePage(Self.hostile).html)
        #expect(page.named("script").isEmpty && page.named("b").isEmpty)
        #expect(page.named("text").contains { $0.text == ".<b>&\"'" })
        #expect(page.named("title").first?.text.hasPrefix("</script><script>alert('\"&") == true)
    }

    @Test func `nothing is loaded and nothing runs`() {
        let html = ProfilePage(Self.hostile).html
        let page = PageReading(ProfilePage(Self.hostile).html)
        let policy = page.named("meta").first {
            $0.attributes["http-equiv"] == "Content-Security-Policy"
        }
        #expect(policy?.attributes["content"]?.hasPrefix("default-src 'none';") == true)
        for element in page.elements {
            let names = Set(element.attributes.keys)
            #expect(names.isDisjoint(with: ["src", "href", "style", "onclick", "onload"]))
        }
        #expect(!html.contains("url(") && !html.contains("@import"))
    }

    @Test func `what stands in pictures stands in tables as well`() {
        let page = PageReading(ProfilePage(.sealing).html)
        let captions = page.named("caption").map(\.text)
        for caption in [
            "Throughput over time", "Utilisation over time", "Queue depth over time",
            "Compression ratio and memory over time", "Latency of single pieces of work",
            "Bytes by type of file", "What each stage did",
        ] { #expect(captions.contains(caption), "\(caption)") }
        let cells = page.named("td").map(\.text)
        // p99 of a stage, stored bytes of a type, and the wait of a stage.
        for cell in ["40.0 ms", "381.5 MiB", "1.50 s"] { #expect(cells.contains(cell), "\(cell)") }
    }

    @Test func `arrows lead to stages that take something, from the first that gives`() {
        func arrows(_ profile: Profile) -> Int {
            PageReading(ProfilePage(profile).html).named("path").count {
                $0.attributes["class"] == "arrowhead"
            }
        }
        #expect(arrows(.sealing) == 4)
        // A pass over the files before the flow begins.
        var verifying = Profile.sealing
        verifying.stages.insert(
            Profile.Stage(name: "digest", place: "digesters", bytesIn: 5, busySeconds: 1), at: 1)
        #expect(arrows(verifying) == 4)
    }

    @Test func `a stage that limits is marked, and none where the flow is balanced`() {
        func marks(_ profile: Profile) -> Int {
            PageReading(ProfilePage(profile).html).named("text").count {
                $0.text.hasPrefix("limits")
            }
        }
        #expect(marks(.sealing) == 1)
        var balanced = Profile.sealing
        balanced.verdict.kind = "balanced"
        #expect(marks(balanced) == 0)
    }
}

import OKMS
import Testing

@testable import Jobs

@Suite struct YAMLReaderTests {
    @Test func `every duplicate key is found, wherever it stands`() {
        let text = """
            version: 1
            name: a
            name: b
            "name": c
            input: { stdin: {}, 'stdin': {} }
            stages:
              - compress: { level: 1, level: 2, level: 3 }
            output: discard
            version: 1
            """
        #expect(
            places(text) == [
                "3:1 duplicate-key", "4:1 duplicate-key", "5:21 duplicate-key",
                "7:27 duplicate-key", "7:37 duplicate-key", "9:1 duplicate-key",
            ])
    }

    @Test func `keys that differ only in Unicode normalisation are two keys`() throws {
        let text = sealJob + "\nkey: { context: { \"e\\u0301\": a, \"\\u00e9\": b } }"
        #expect(try job(text).key.context.pairs.count == 2)
    }

    @Test(arguments: [
        ("a: [1, 2\n", "1:4 syntax"), ("a: \"x\n", "1:4 syntax"), ("a: b: c", "1:5 syntax"),
        ("a: {b: 1", "1:4 syntax"), ("a: @x", "1:4 syntax"), ("a:\n  b: 1\n c: 2", "3:2 syntax"),
        ("a:\n\tb: 1", "2:1 tab"), ("a:\n  b: 1\n\tc: 2", "3:1 tab"),
        ("input: { exclude: [*.tmp] }", "1:21 syntax"), ("a: *name", "1:4 syntax"),
        ("%FOO\n---\na: 1", "1:5 syntax"), (": 1", "1:1 syntax"),
    ])
    func `a broken file has one diagnostic, with its place`(text: String, expected: String) {
        #expect(places(text) == [expected])
    }

    @Test func `tabs between values are found too`() {
        let text = sealJob.replacing("name: nightly", with: "name:\tnightly\t# a\tcomment")
        #expect(places(text) == ["2:6 tab"])
        let quoted = sealJob.replacing("[data]", with: "[\"da\tta\"]")
        #expect(places(quoted) == [])
    }

    @Test func `a second document is refused where it begins`() {
        #expect(places(sealJob + "\n---\nversion: 1\n") == ["12:1 second-document"])
        #expect(places("---\n" + sealJob + "\n...\n") == [])
    }

    @Test(arguments: [
        ("name: &n nightly", "2:7 alias"), ("name: !!str nightly", "2:7 tag"),
        ("name: !secret nightly", "2:7 tag"), ("name: ! nightly", "2:7 tag"),
        ("name: nightly\n<<: { a: b }", "3:1 alias"), ("name: nightly\n[a]: b", "3:1 wrong-type"),
        ("name: nightly\n? { a: b }\n: c", "3:3 wrong-type"),
    ])
    func `anchors, tags, merges and other keys than text are refused`(
        line: String, expected: String
    ) {
        #expect(places(sealJob.replacing("name: nightly", with: line)).contains(expected))
    }

    @Test func `an anchor is reported once, however often it is used`() {
        let text = sealJob + "\nkey: { context: &c { a: b } }\nlimits: *c"
        #expect(places(text) == ["11:17 alias"])
    }

    @Test(.timeLimit(.minutes(1)))
    func `aliases that grow exponentially take no time`() {
        var text = "a0: &a0 [x]\n"
        for level in 1...40 {
            text += "a\(level): &a\(level) [*a\(level - 1), *a\(level - 1)]\n"
        }
        #expect(places(text).contains { $0.hasSuffix("alias") })
        #expect(places(text + "? *a40\n: x\n").contains { $0.hasSuffix("alias") })
    }

    @Test(.timeLimit(.minutes(1)), arguments: ["[", "{a: ", "- ", "? ", "[{a: "])
    func `deep nesting is refused`(opening: String) {
        #expect(
            places(String(repeating: opening, count: 50_000)).contains { $0.hasSuffix("syntax") })
        #expect(!places(String(repeating: opening, count: 400)).isEmpty)
    }
}

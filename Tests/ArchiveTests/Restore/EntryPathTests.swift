import Archive
import TestSupport
import Testing

@Suite struct EntryPathTests {
    @Test(arguments: [
        "a", "a/b/c", "...", "..a", "a..", ". ", " ", "-", "a/.b", "~", "C:\\x", "a\nb", "*",
    ])
    func `a path that only leads downwards is taken apart`(path: String) throws {
        let parsed = try EntryPath(bytes(path))
        let components = path.split(separator: "/").map { bytes(String($0)) }
        #expect(parsed.components.map { Array($0) } == components)
        #expect(parsed.name == components.last)
        #expect(parsed.parent.map { Array($0) } == components.dropLast())
    }

    @Test(arguments: [
        "", "/", "/a", "//a", "a/", "a//b", ".", "..", "./a", "../a", "a/.", "a/..", "a/./b",
        "a/../b", "a/b/..", "..//", "\u{0}", "a\u{0}b", "a/\u{0}/b", "../../../../etc/passwd",
    ])
    func `any other path is refused`(path: String) {
        #expect(throws: ArchiveError.unsafePath(display(path: bytes(path)))) {
            try EntryPath(bytes(path))
        }
    }

    @Test func `names of any bytes are taken`() throws {
        for name in Sample.names {
            #expect(try EntryPath(bytes("d/") + name).name == name)
        }
        #expect(try EntryPath(Sample.deepPath).components.count == 20)
    }

    @Test func `whatever is taken can only lead downwards`() {
        var random = SeededGenerator(seed: 3)
        let words = ["/", "..", ".", "a", "\u{0}", "//", "../", "/.", "\u{301}", "..."].map(bytes)
        for _ in rounds(20_000) {
            var path: [UInt8] = []
            for _ in 0..<Int.random(in: 0...8, using: &random) {
                path += words.randomElement(using: &random) ?? []
            }
            if Bool.random(using: &random) { random.mutate(&path, words: words) }
            let isHarmless =
                !path.isEmpty && !path.contains(0)
                && path.split(separator: 0x2f, omittingEmptySubsequences: false).allSatisfy {
                    !$0.isEmpty && !$0.elementsEqual(bytes(".")) && !$0.elementsEqual(bytes(".."))
                }
            let parsed = try? EntryPath(path)
            #expect((parsed != nil) == isHarmless, "\(path)")
            if let parsed {
                #expect(Array(parsed.components.joined(separator: [0x2f])) == path)
            }
        }
    }
}

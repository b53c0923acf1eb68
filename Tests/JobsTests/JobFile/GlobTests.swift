import TestSupport
import Testing

@testable import Jobs

@Suite struct GlobTests {
    @Test(arguments: [
        ("*.tmp", "a.tmp"), ("*.tmp", "orders/tmp/a.tmp"), ("*.tmp", "orders/x.tmp/inside"),
        ("tmp", "orders/tmp"), ("tmp", "orders/tmp/a"), ("**/*.tmp", "a.tmp"),
        ("**/*.tmp", "orders/b/a.tmp"), ("orders/*.csv", "orders/a.csv"),
        ("orders/tmp", "orders/tmp/a/b"), ("/orders", "orders"), ("/orders", "orders/a"),
        ("orders/**", "orders/a"), ("orders/**", "orders/a/b"), ("orders/**/c", "orders/c"),
        ("orders/**/c", "orders/a/b/c"), ("orders/**/c", "orders/a/b/c/d"), ("**", "a"),
        ("**", "a/b"), ("*", "a/b"), ("**/**/a", "a"), ("a?c", "abc"), ("a?c", "aéc"),
        ("a?c", "a😀c"), ("[ab]x", "bx"), ("[!ab]x", "cx"), ("[^ab]x", "éx"), ("[a-c]", "b"),
        ("[]a]", "]"), ("[a-]", "-"), ("[à-ü]", "é"), ("[\\]]", "]"), ("\\*", "*"), ("\\!a", "!a"),
        ("a\\[b", "a[b"), ("a*b*c", "aXbYc"), ("a*b*c", "abbbc"), ("*a", "aaa"), ("a**b", "axyb"),
        ("tmp/", "tmp/a"), ("**/tmp/", "x/tmp/a"), ("a/b/", "a/b/c"), ("é", "é"), (".*", ".git"),
        ("*", ".hidden"), ("a", "a/"), ("x/**/y/*.z", "x/1/y/2/y/q.z"), ("[*]", "*"),
        ("a b", "a b"),
    ])
    func `a pattern matches`(pattern: String, name: String) throws {
        #expect(try Glob(pattern).matches(name))
    }

    @Test(arguments: [
        ("*.tmp", "a.tmpx"), ("tmp", "atmp/b"), ("orders/*.csv", "orders/a/b.csv"),
        ("orders/*.csv", "x/orders/a.csv"), ("/a", "b/a"), ("orders/**", "orders"),
        ("orders/**/c", "orders/a/b"), ("a?c", "ac"), ("a?c", "a/c"), ("[ab]x", "cx"),
        ("[!ab]x", "ax"), ("[!a]", "/"), ("\\*", "a"), ("a*b", "a/b"), ("tmp/", "tmp"),
        ("tmp/", "x/tmp"), ("A", "a"), ("e\u{301}", "\u{e9}"), ("a/b", "a"), ("a", ""), ("**", ""),
        ("*", ""), ("a*b*c", "acb"), ("?", "ab"), ("a/**/", "a/b"),
    ])
    func `a pattern does not match`(pattern: String, name: String) throws {
        #expect(try !Glob(pattern).matches(name))
    }

    @Test func `a pattern that ends in a slash wants a folder`() throws {
        #expect(try Glob("tmp/").matches("x/tmp", isFolder: true))
        #expect(try Glob("a/**/").matches("a/b", isFolder: true))
        #expect(try Glob("a/**/").matches("a/b/c"))
        #expect(try !Glob("a/**/").matches("a", isFolder: true))
    }

    @Test func `names need not be UTF-8`() throws {
        let name: [UInt8] = [0x61, 0xff, 0xc3, 0x2f, 0x62]
        #expect(try Glob("a??/b").matches(name.span))
        #expect(try Glob("a*/b").matches(name.span))
        #expect(try Glob("a[!x][!y]").matches(name.span))
        #expect(try !Glob("a?/b").matches(name.span))
    }

    @Test(arguments: [
        ("", Glob.Invalid.empty), ("!a", .negated), ("[a", .badSet), ("[b-a]", .badSet),
        ("[]", .badSet),
        ("[", .badSet), ("[\\", .badSet), ("a\\", .danglingBackslash), ("a//b", .badComponent),
        ("./a", .badComponent), ("../a", .badComponent), ("a/..", .badComponent),
        ("/", .badComponent),
        ("//", .badComponent),
    ])
    func `a pattern that can match nothing is refused`(pattern: String, error: Glob.Invalid) {
        #expect(throws: error) { try Glob(pattern) }
    }

    @Test(.timeLimit(.minutes(1)))
    func `no pattern takes exponential time`() throws {
        let name = String(repeating: "a", count: 20_000)
        #expect(try !Glob(String(repeating: "a*", count: 200) + "b").matches(name))
        #expect(try !Glob(String(repeating: "*", count: 1000) + "b").matches(name))
        #expect(try !Glob(String(repeating: "*?", count: 200) + "b").matches(name))
        let deep = String(repeating: "a/", count: 5000)
        #expect(try !Glob(String(repeating: "**/a/", count: 100) + "b").matches(deep))
        #expect(try !Glob(String(repeating: "**/", count: 1000) + "b").matches(deep))
        #expect(try !Glob(String(repeating: "**/*a*/", count: 100) + "b").matches(deep))
        #expect(try Glob("**/" + String(repeating: "*/", count: 100) + "a").matches(deep))
    }

    @Test func `matching agrees with a plain recursive matcher`() throws {
        var random = SeededGenerator(seed: 7)
        let pieces = ["a", "b", "*", "?", "/", "**/", "[ab]", "[!a]"]
        for _ in 0..<20_000 {
            let pattern = (0..<Int.random(in: 1...7, using: &random))
                .map { _ in pieces.randomElement(using: &random) ?? "" }.joined()
            let name = (0..<Int.random(in: 1...4, using: &random))
                .map { _ in
                    (0..<Int.random(in: 1...3, using: &random))
                        .map { _ in Bool.random(using: &random) ? "a" : "b" }.joined()
                }.joined(separator: "/")
            let isFolder = Bool.random(using: &random)
            guard let glob = try? Glob(pattern) else { continue }
            #expect(
                glob.matches(name, isFolder: isFolder)
                    == PlainGlob.matches(pattern, name, isFolder: isFolder),
                "\(pattern) on \(name), folder: \(isFolder)")
        }
    }
}

/// The same rules in the most obvious form, for names of `a`, `b` and `/`.
private enum PlainGlob {
    static func matches(_ pattern: String, _ name: String, isFolder: Bool) -> Bool {
        var parts = pattern.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        let foldersOnly = parts.count > 1 && parts.last == ""
        if foldersOnly { parts.removeLast() }
        if parts.count > 1, parts[0].isEmpty {
            parts.removeFirst()
        } else if parts.count == 1 {
            parts.insert("**", at: 0)
        }
        let names = name.split(separator: "/").map(String.init)
        return (1...names.count).contains { length in
            (length < names.count || !foldersOnly || isFolder)
                && components(parts[...], names[..<length])
        }
    }

    private static func components(_ parts: ArraySlice<String>, _ names: ArraySlice<String>) -> Bool
    {
        guard let part = parts.first else { return names.isEmpty }
        if part == "**" {
            let least = parts.count == 1 ? 1 : 0
            return names.count >= least
                && (least...names.count).contains {
                    components(parts.dropFirst(), names.dropFirst($0))
                }
        }
        guard let name = names.first else { return false }
        return characters(Array(part)[...], Array(name)[...])
            && components(parts.dropFirst(), names.dropFirst())
    }

    private static func characters(_ part: ArraySlice<Character>, _ name: ArraySlice<Character>)
        -> Bool
    {
        guard let first = part.first else { return name.isEmpty }
        switch first {
        case "*":
            return (0...name.count).contains { characters(part.dropFirst(), name.dropFirst($0)) }
        case "?":
            return !name.isEmpty && characters(part.dropFirst(), name.dropFirst())
        case "[":
            guard let end = part.firstIndex(of: "]"), let character = name.first else {
                return false
            }
            let fits = part[..<end].contains("!") ? character != "a" : true
            return fits && characters(part[end...].dropFirst(), name.dropFirst())
        default:
            return name.first == first && characters(part.dropFirst(), name.dropFirst())
        }
    }
}

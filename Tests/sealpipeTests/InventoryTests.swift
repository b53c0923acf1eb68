import Foundation
import Testing

/// What lies where, under which keys.
@Suite struct InventoryTests {
    private let place: Workplace

    init() throws { place = try Workplace() }

    private func seal(_ set: String) throws -> String {
        try place.write("data/one.txt", "one\n")
        let ending = try place.sealpipe("seal", "--context", "dataset=orders", "data", set)
        #expect(ending.status == 0, "\(ending)")
        return ending.lastLine
    }

    private func archives(_ ending: Ending) throws -> [[String: Any]] {
        try #require(try ending.object()["archives"] as? [[String: Any]])
    }

    @Test func `archives are listed under their keys`() throws {
        let paths = [try seal("set"), try seal("set"), try seal("other")]
        let ending = try place.sealpipe("inventory", "set", "other")
        #expect(ending.status == 0 && ending.err.isEmpty, "\(ending)")
        #expect(ending.lines.count == 4)
        #expect(ending.lines[0].hasSuffix("  Enabled (default)"))
        for (line, path) in zip(ending.lines.dropFirst(), paths) {
            #expect(line.hasPrefix("  \(path) "))
            #expect(line.contains("files present") && line.contains("dataset=orders"))
        }
    }

    @Test func `machines get one object`() throws {
        let path = try seal("set")
        let ending = try place.sealpipe("inventory", "--json", "--digests", "set")
        #expect(ending.status == 0, "\(ending)")
        let archive = try #require(try archives(ending).first)
        #expect(archive["path"] as? String == path)
        #expect(archive["access"] as? String == "open" && archive["whole"] as? Bool == true)
        #expect(archive["digests_compared"] as? Bool == true && archive["entries"] as? Int == 2)
        #expect((archive["context"] as? [[String]])?.first == ["dataset", "orders"])
        let keys = try #require(try ending.object()["keys"] as? [[String: Any]])
        #expect(keys.count == 1 && keys[0]["state"] as? String == "Enabled")
    }

    @Test func `without a key service nothing is decrypted, and everything listed`() throws {
        _ = try seal("set")
        #expect(try place.sealpipe("keys", "disable", "default").status == 0)
        let refused = try place.sealpipe("inventory", "--json", "set")
        #expect(try archives(refused).first?["access"] as? String == "refused")
        let offline = try place.sealpipe("inventory", "--json", "--offline", "set", store: "none")
        #expect(offline.status == 0 && offline.err.isEmpty, "\(offline)")
        #expect(try archives(offline).first?["access"] as? String == "unknown")
        let absent = try place.sealpipe("inventory", "set", store: "none")
        #expect(absent.status == 0 && absent.err.contains("warning"), "\(absent)")
        #expect(!place.exists("none"))
    }

    @Test func `damage is an integrity failure, nothing at all a missing archive`() throws {
        let path = try seal("set")
        try place.shell("mkdir empty")
        #expect(try place.sealpipe("inventory", "empty").status == 10)
        #expect(try place.sealpipe("inventory", "none").status == 10)
        #expect(try place.sealpipe("inventory", "set", "none").status == 10)
        try place.shell("rm \(path)/catalog.esdk")
        let ending = try place.sealpipe("inventory", "--json", "set", "none")
        #expect(ending.status == 14, "\(ending)")
        #expect(try archives(ending).first?["whole"] as? Bool == false)
        #expect(ending.err.contains("catalog.esdk"))
    }

    @Test func `a manifest cannot steer the terminal`() throws {
        let path = try seal("set")
        try place.shell(
            "sed -i 's/\"job\": *\"set\"/\"job\": \"\\\\u001b[31mx\"/' \(path)/manifest.json")
        let ending = try place.sealpipe("inventory", "set")
        #expect(!ending.out.contains("\u{1b}"), "\(ending)")
    }
}

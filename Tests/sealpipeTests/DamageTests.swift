import Foundation
import Testing

/// Archives that are not what their writer made: found, named, and no wrong byte gets a name.
@Suite struct DamageTests {
    /// A set with one archive of many small parts.
    private func place() throws -> (Workplace, archive: String) {
        let place = try Workplace()
        try place.write("data/0-small.txt", "small\n")
        try place.write("data/1-large.bin", noise(400_000))
        for number in 10..<40 {
            try place.write("data/2-\(number).bin", noise(3_000, seed: UInt64(number)))
        }
        return (place, try seal(place))
    }

    private func seal(_ place: Workplace) throws -> String {
        let ending = try place.sealpipe(
            "seal", "--context", "dataset=orders", "--chunk", "64KiB", "--frame", "4KiB", "--part",
            "128KiB", "data", "set")
        #expect(ending.status == 0, "\(ending)")
        return ending.lastLine
    }

    /// Whatever has a name after a restore is what was sealed.
    private func expectNothingWrong(_ place: Workplace, _ directory: String = "back") throws {
        let wrong = try place.shell(
            """
            test -d \(directory) || exit 0
            cd \(directory) && find . -type f ! -name '.sealpipe-*' | while read -r file; do
                cmp -s "$file" "../$file" || echo "$file"
            done
            """)
        #expect(wrong.status == 0 && wrong.lines.isEmpty, "\(wrong)")
    }

    /// Restore and verification both fail for integrity and name the place.
    private func expectFound(_ place: Workplace, naming name: String) throws {
        let verified = try place.sealpipe("verify", "set")
        #expect(verified.status == 14, "\(verified)")
        #expect(verified.err.contains(name), "\(verified)")
        let restored = try place.sealpipe("restore", "set", "back")
        #expect(restored.status == 14, "\(restored)")
        #expect(restored.err.contains(name), "\(restored)")
        #expect(restored.out.isEmpty)
        try expectNothingWrong(place)
    }

    private func flip(_ place: Workplace, _ file: String, at offset: Int) throws {
        var bytes = try place.read(file)
        bytes[offset < 0 ? bytes.count + offset : offset] ^= 1
        try place.write(file, bytes)
    }

    static let part2 = "part-00002.tar.zst.esdk"

    // MARK: parts

    @Test(arguments: [0, 1, 5, 40, 150, 400, 3_000, 30_000, -100, -1])
    func `a flipped bit in a part is found, and the part named`(offset: Int) throws {
        let (place, archive) = try place()
        try flip(place, "\(archive)/\(Self.part2)", at: offset)
        try expectFound(place, naming: "part-00002")
        let list = try place.sealpipe("list", "set")
        #expect(list.status == 0, "the catalog is whole: \(list)")
    }

    @Test(arguments: [0, 1, 500, 20_000, 60_000])
    func `a truncated part is found, and named`(count: Int) throws {
        let (place, archive) = try place()
        let file = "\(archive)/\(Self.part2)"
        try place.write(file, try place.read(file).prefix(count))
        try expectFound(place, naming: "part-00002")
    }

    @Test func `bytes behind a part are found`() throws {
        let (place, archive) = try place()
        let file = "\(archive)/\(Self.part2)"
        try place.write(file, try place.read(file) + [0])
        try expectFound(place, naming: "part-00002")
    }

    @Test func `a missing part is found, and nothing is restored`() throws {
        let (place, archive) = try place()
        try place.shell("rm \(archive)/\(Self.part2)")
        try expectFound(place, naming: "part-00002")
        #expect(try place.shell("find back -type f").lines.isEmpty)
    }

    @Test func `two parts in each other's place are found`() throws {
        let (place, archive) = try place()
        try place.shell(
            """
            cd \(archive) && mv part-00001.tar.zst.esdk x &&
            mv part-00002.tar.zst.esdk part-00001.tar.zst.esdk && mv x part-00002.tar.zst.esdk
            """)
        try expectFound(place, naming: "part-0000")
    }

    @Test func `a part twice is found`() throws {
        let (place, archive) = try place()
        try place.shell("cd \(archive) && cp part-00001.tar.zst.esdk part-00002.tar.zst.esdk")
        try expectFound(place, naming: "part-00002")
    }

    @Test func `a part of another archive of the set is found`() throws {
        let (place, first) = try place()
        let second = try seal(place)
        try place.shell("cp \(first)/\(Self.part2) \(second)/\(Self.part2)")
        try expectFound(place, naming: "part-00002")
    }

    @Test func `a part that is a directory or a pipe is found and not waited for`() throws {
        let (place, archive) = try place()
        try place.shell("rm \(archive)/\(Self.part2); mkdir \(archive)/\(Self.part2)")
        #expect(try place.sealpipe("restore", "set", "back").status == 14)
        try place.shell("rmdir \(archive)/\(Self.part2); mkfifo \(archive)/\(Self.part2)")
        #expect(try place.sealpipe("restore", "set", "back").status == 14)
        try expectNothingWrong(place)
    }

    @Test func `what lies in whole parts is restored though another part is damaged`() throws {
        let (place, archive) = try place()
        try flip(place, "\(archive)/\(Self.part2)", at: 30_000)
        let ending = try place.sealpipe("restore", "set", "back", "data/0-small.txt")
        #expect(ending.status == 0, "\(ending)")
        #expect(try place.text("back/data/0-small.txt") == "small\n")
    }

    @Test func `replacing what is there keeps the old file where the new one is damaged`() throws {
        let (place, archive) = try place()
        try place.write("back/data/1-large.bin", "precious\n")
        try flip(place, "\(archive)/\(Self.part2)", at: 30_000)
        let ending = try place.sealpipe("restore", "--overwrite", "replace", "set", "back")
        #expect(ending.status == 14, "\(ending)")
        #expect(try place.text("back/data/1-large.bin") == "precious\n")
    }

    // MARK: catalog

    @Test(arguments: [0, 5, 40, 150, -100, -1])
    func `a flipped bit in the catalog is found`(offset: Int) throws {
        let (place, archive) = try place()
        try flip(place, "\(archive)/catalog.esdk", at: offset)
        try expectFound(place, naming: "catalog.esdk")
        #expect(try place.sealpipe("list", "set").status == 14)
    }

    @Test func `a missing, truncated or foreign catalog is found`() throws {
        let (place, first) = try place()
        let second = try seal(place)
        let catalog = "\(second)/catalog.esdk"
        let whole = try place.read(catalog)
        try place.write(catalog, whole.dropLast(20))
        try expectFound(place, naming: "catalog.esdk")
        try place.shell("cp \(first)/catalog.esdk \(catalog)")
        try expectFound(place, naming: "catalog.esdk")
        try place.shell("rm \(catalog)")
        try expectFound(place, naming: "catalog.esdk")
    }

    // MARK: manifest

    @Test(arguments: [
        ("\"orders\"", "\"bills\""), ("\"dataset\"", "\"datasets\""), ("/", "A"),
        ("\"content\" : 4", "\"content\" : 5"), ("{", "{ \"added\" : 1,"),
        ("\"job\" : \"set\"", "\"job\" : \"sex\""),
        ("\"codec\" : \"zstd\"", "\"codec\" : \"none\""),
        ("\"problem_count\" : 0", "\"problem_count\" : 1"),
        ("\"frame\" : 4096", "\"frame\" : 8192"),
        ("\"version\" : 1", "\"version\" : 2"), ("part-00001", "part-00009"),
        ("part-00001", "../part-00001"), ("\"suite\" : \"0478\"", "\"suite\" : \"0578\""),
    ])
    func `an edited manifest is found`(old: String, new: String) throws {
        let (place, archive) = try place()
        let file = "\(archive)/manifest.json"
        var text = try place.text(file)
        // The wrapped key, the only base64 there is.
        let start = old == "/" ? try #require(text.range(of: "\"wrapped\" : \"")).upperBound : nil
        let range =
            try start.map { start in
                let index = text.index(start, offsetBy: 60)
                return index..<text.index(after: index)
            } ?? #require(text.range(of: old))
        text.replaceSubrange(range, with: text[range] == new ? "B" : new)
        try place.write(file, text)
        try expectFound(place, naming: archive)
        #expect(try place.sealpipe("list", "set").status == 14)
        #expect(try place.shell("find back -type f").lines.isEmpty)
    }

    @Test(arguments: ["sha256", "message"], [0, 1, 2])
    func `an edited digest or id in the manifest is found`(member: String, number: Int) throws {
        let (place, archive) = try place()
        let file = "\(archive)/manifest.json"
        var text = try place.text(file)
        let found = text.ranges(of: "\"\(member)\" : \"")
        let index = found[number].upperBound
        text.replaceSubrange(index...index, with: text[index] == "0" ? "1" : "0")
        try place.write(file, text)
        try expectFound(place, naming: archive)
        let digests = try place.sealpipe("verify", "--without-key", "set")
        // Without the key nothing tells whose message a file is.
        #expect(digests.status == (member == "sha256" ? 14 : 0), "\(digests)")
    }

    @Test(arguments: ["", "{", "[]", "null", "{}", "\u{0}", "{\"version\": 1}"])
    func `a manifest that is none is found`(text: String) throws {
        let (place, archive) = try place()
        try place.write("\(archive)/manifest.json", text)
        try expectFound(place, naming: archive)
    }

    @Test func `an archive without its manifest is not one`() throws {
        let (place, archive) = try place()
        try place.shell("rm \(archive)/manifest.json")
        try expectFound(place, naming: archive)
    }

    // MARK: the directory

    @Test func `a foreign file in the archive is found by verification`() throws {
        let (place, archive) = try place()
        try place.write("\(archive)/part-00099.tar.zst.esdk", "foreign")
        let ending = try place.sealpipe("verify", "set")
        #expect(ending.status == 14, "\(ending)")
        #expect(ending.err.contains("part-00099"))
        #expect(try place.sealpipe("restore", "set", "back").status == 0)
        #expect(try place.same("data", "back/data"))
    }

    @Test func `all that is damaged is listed`() throws {
        let (place, archive) = try place()
        try flip(place, "\(archive)/part-00001.tar.zst.esdk", at: 9_000)
        try flip(place, "\(archive)/part-00003.tar.zst.esdk", at: 9_000)
        let ending = try place.sealpipe("verify", "--json", "set")
        #expect(ending.status == 14)
        let report = try ending.object()
        #expect(report["whole"] as? Bool == false)
        let damage = try #require(report["damage"] as? [[String: Any]])
        let places = damage.compactMap { $0["place"] as? String }
        #expect(places.contains { $0.contains("part-00001") })
        #expect(places.contains { $0.contains("part-00003") })
    }

    @Test func `a copy under another name is whole`() throws {
        let (place, archive) = try place()
        try place.shell("cp -r \(archive) copy && rm -r set")
        #expect(try place.sealpipe("verify", "copy").status == 0)
        #expect(try place.sealpipe("restore", "copy", "back").status == 0)
        #expect(try place.same("data", "back/data"))
    }

    // MARK: messages

    @Test(arguments: [0, 20, 300, 5_000, -1])
    func `a damaged message does not decrypt`(offset: Int) throws {
        let (place, _) = try place()
        try place.shell("sealpipe encrypt <data/1-large.bin >message")
        try flip(place, "message", at: offset)
        let ending = try place.shell("sealpipe decrypt <message >plain")
        #expect(ending.status == 14, "\(ending)")
        #expect(try place.shell("cmp -n $(stat -c %s plain) plain data/1-large.bin").status == 0)
    }

    @Test func `a truncated message does not end well`() throws {
        let (place, _) = try place()
        let ending = try place.shell(
            "sealpipe encrypt <data/1-large.bin | head -c 300000 | sealpipe decrypt >plain")
        #expect(ending.status == 14, "\(ending)")
        #expect(try place.shell("sealpipe decrypt </dev/null").status == 14)
    }
}

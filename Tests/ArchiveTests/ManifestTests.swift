import Foundation
import LibCrypto
import TestSupport
import Testing

@testable import Archive

@Suite struct ManifestTests {
    private static func key(_ byte: UInt8 = 7) -> SecretBytes {
        SecretBytes(count: 32) { span in
            for index in span.indices { span[index] = byte &+ UInt8(index) }
        }
    }

    private static func sample(
        job: String = "nightly-orders", context: [[String]] = [["dataset", "orders"]],
        problems: [ReadProblem] = []
    ) -> Manifest {
        Manifest(
            archive: "6e1b2c4d5e6f708192a3b4c5d6e7f801", job: job,
            created: "2026-01-02T03:04:05.678Z", finished: "2026-01-02T03:05:00.000Z",
            tool: "sealpipe 0.1.0", codec: .zstd,
            keys: [
                Manifest.Key(
                    arn: "arn:aws:kms:eu-west-2:000000000001:key/0", wrapped: [0xfb, 0xff, 0xbf, 1])
            ],
            context: context,
            sizes: Manifest.Sizes(chunk: 4 << 20, frame: 1 << 20, part: 64 << 20),
            totals: Manifest.Totals(entries: 3, content: 100, tar: 4096, stored: 2048),
            problems: problems.map(Manifest.Problem.init), problemCount: problems.count,
            parts: [
                Manifest.File(
                    name: "part-00000.tar.zst.esdk", message: [UInt8](repeating: 0xab, count: 32),
                    length: 1024, sha256: [UInt8](repeating: 0x01, count: 32))
            ],
            catalog: Manifest.File(
                name: "catalog.esdk", message: [UInt8](repeating: 0xcd, count: 32), length: 1024,
                sha256: [UInt8](repeating: 0xfe, count: 32)))
    }

    @Test func `a manifest is read back and verified`() throws {
        let bytes = try Self.sample().serialized(authenticatedBy: Self.key())
        let manifest = try Manifest(parsing: bytes)
        try manifest.verify(with: Self.key())
        #expect(manifest.archive == Self.sample().archive)
        #expect(manifest.keys.map(\.wrappedBytes) == [[0xfb, 0xff, 0xbf, 1]])
        #expect(manifest.parts == Self.sample().parts)
        #expect(try manifest.serialized(authenticatedBy: Self.key()) == bytes)
        #expect(bytes.last == 0x0a)
    }

    @Test func `a manifest under another key is refused`() throws {
        let manifest = try Manifest(parsing: Self.sample().serialized(authenticatedBy: Self.key()))
        #expect(
            throws: ArchiveError.damaged(
                what: "manifest.json", reason: "was changed after it was written")
        ) { try manifest.verify(with: Self.key(8)) }
    }

    @Test func `under other keys a manifest names the same messages and is signed anew`() throws {
        let old = Self.sample()
        let keys = [Manifest.Key(arn: "arn:ows:kms:eu-west-2:000000000001:key/1", wrapped: [9])]
        func longer(_ file: Manifest.File) -> Manifest.File {
            Manifest.File(
                name: file.name,
                message: [UInt8](repeating: file.name.hasPrefix("part") ? 0xab : 0xcd, count: 32),
                length: file.length + 10, sha256: [UInt8](repeating: 2, count: 32))
        }
        let new = old.rewrapped(
            keys: keys, parts: old.parts.map(longer), catalog: longer(old.catalog))
        let bytes = try new.serialized(authenticatedBy: Self.key())
        let manifest = try Manifest(parsing: bytes)
        try manifest.verify(with: Self.key())
        #expect(manifest.keys == keys)
        #expect(manifest.totals.stored == 2068 && manifest.totals.entries == old.totals.entries)
        #expect(manifest.parts.map(\.message) == old.parts.map(\.message))
        #expect(manifest.context == old.context && manifest.created == old.created)
    }

    @Test func `a manifest without authentication is refused`() throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let manifest = try Manifest(parsing: Array(try encoder.encode(Self.sample())))
        #expect(manifest.authentication == nil)
        #expect(throws: ArchiveError.self) { try manifest.verify(with: Self.key()) }
    }

    @Test func `every byte changed is refused, unless it is white space between others`() throws {
        let original = try Self.sample().serialized(authenticatedBy: Self.key())
        let manifest = try Manifest(parsing: original)
        var harmless = 0
        for index in original.indices {
            for byte in [
                original[index] ^ 1, original[index] ^ 0x20, 0x20, UInt8(ascii: "0"), 0x22, 0x2c,
            ] where byte != original[index] {
                var changed = original
                changed[index] = byte
                guard let read = try? Manifest(parsing: changed) else { continue }
                if (try? read.verify(with: Self.key())) == nil { continue }
                harmless += 1
                #expect(read == manifest)
                #expect([0x20, 0x0a].contains(original[index]) && [0x20, 0x0a].contains(byte))
            }
        }
        #expect(harmless > 0)
    }

    @Test func `every byte left out or doubled is refused, unless it is white space`() throws {
        let original = try Self.sample().serialized(authenticatedBy: Self.key())
        for index in original.indices where ![0x20, 0x0a].contains(original[index]) {
            for count in [0, 2] {
                let changed =
                    original[..<index] + Array(repeating: original[index], count: count)
                    + original[(index + 1)...]
                guard let read = try? Manifest(parsing: Array(changed)) else { continue }
                #expect(throws: ArchiveError.self) { try read.verify(with: Self.key()) }
            }
        }
    }

    @Test func `no prefix of a manifest is one`() throws {
        let original = try Self.sample().serialized(authenticatedBy: Self.key())
        for length in 0..<original.count - 2 {
            #expect(throws: ArchiveError.self) { try Manifest(parsing: Array(original[..<length])) }
        }
    }

    @Test(arguments: [
        ("\"job\"", "\"extra\" : 1,\n  \"job\""), ("\"job\"", "\"job\" : \"x\",\n  \"job\""),
        ("\"job\" : \"nightly-orders\"", "\"job\" : \"x\", \"job\" : \"nightly-orders\""),
        ("\"job\" : \"nightly-orders\"", "\"job\" : \"nightly-orders\", \"job\" : \"x\""),
        ("\"version\" : 1", "\"version\" : 1.0"), ("\"version\" : 1", "\"version\" : 1e0"),
        ("nightly", "\\u006eightly"), ("\"chunk\"", "\"chunks\" : 0, \"chunk\""),
        ("4096", "4096.0"), ("\"wrapped\"", "\"note\" : null, \"wrapped\""),
    ])
    func `members and spellings that are not written are refused`(
        old: String, new: String
    ) throws {
        let text = String(
            decoding: try Self.sample().serialized(authenticatedBy: Self.key()), as: UTF8.self)
        let changed = text.replacingOccurrences(of: old, with: new)
        #expect(changed != text)
        #expect(throws: ArchiveError.self) { try Manifest(parsing: bytes(changed)) }
    }

    @Test func `another version is named, whatever else it holds`() {
        let text = #"{"format":"sealpipe archive","version":2,"new":[]}"#
        #expect(
            throws: ArchiveError.damaged(
                what: "manifest.json", reason: "has version 2; this program reads version 1")
        ) { try Manifest(parsing: bytes(text)) }
    }

    @Test(arguments: [
        "", "{}", "[]", "null", "{\"format\":\"tar\",\"version\":1}", "\u{0}", "{\"version\":1}",
        "{\"format\":\"sealpipe archive\",\"version\":1}",
    ])
    func `what is no manifest is refused`(text: String) {
        #expect(throws: ArchiveError.self) { try Manifest(parsing: bytes(text)) }
    }

    @Test func `names stay the bytes they are, composed or not`() throws {
        let texts = [
            "caf\u{e9}", "cafe\u{301}", "\u{212b}ngstr\u{f6}m", "日本 🗝", "a\u{0}b/\"\\\u{7f}",
        ]
        for text in texts {
            let manifest = Self.sample(job: text, context: [[text, text], ["k", "v"]])
            let stored = try manifest.serialized(authenticatedBy: Self.key())
            let read = try Manifest(parsing: stored)
            try read.verify(with: Self.key())
            #expect(Array(read.job.utf8) == bytes(text))
            #expect(
                read.context.flatMap { $0 }.map { Array($0.utf8) }
                    == [text, text, "k", "v"].map { bytes($0) })
        }
        // What Swift holds for the same string is another manifest.
        let composed = try Self.sample(job: texts[0]).serialized(authenticatedBy: Self.key())
        let decomposed = String(decoding: composed, as: UTF8.self)
            .replacingOccurrences(of: texts[0], with: texts[1], options: .literal)
        #expect(bytes(decomposed) != composed)
        let read = try Manifest(parsing: bytes(decomposed))
        #expect(throws: ArchiveError.self) { try read.verify(with: Self.key()) }
    }

    @Test func `problems are listed as people read them`() throws {
        let problem = ReadProblem(
            path: [0x61, 0x0a, 0xff], kind: .shrank, detail: "to 1 of 2 bytes")
        let stored = try Self.sample(problems: [problem]).serialized(authenticatedBy: Self.key())
        let manifest = try Manifest(parsing: stored)
        #expect(manifest.problems.map(\.path) == ["a\\u{a}\u{fffd}"])
        #expect(manifest.problems.map(\.kind) == ["shrank"])
        #expect(manifest.problemCount == 1)
    }

    @Test func `a wrapped key that is not base64 is no key`() throws {
        let text = String(
            decoding: try Self.sample().serialized(authenticatedBy: Self.key()), as: UTF8.self)
        let changed = text.replacingOccurrences(of: "+/+/AQ==", with: "+/+/AQ=!")
        #expect(changed != text)
        #expect(try Manifest(parsing: bytes(changed)).keys.map(\.wrappedBytes) == [nil])
    }

    @Test func `names of parts have a number of at least five digits`() {
        #expect(Manifest.Codec.zstd.partName(0) == "part-00000.tar.zst.esdk")
        #expect(Manifest.Codec.none.partName(12) == "part-00012.tar.esdk")
        #expect(Manifest.Codec.zstd.partName(123_456) == "part-123456.tar.zst.esdk")
    }

    @Test func `bytes are written in hexadecimal`() {
        #expect(hexadecimal([]) == "")
        #expect(hexadecimal([0x00, 0x9f, 0xa0, 0xff]) == "009fa0ff")
    }

    /// The key is HKDF-SHA-512 of the data key without salt, info `sealpipe manifest v1`; the text is
    /// that of the file with sorted members, without white space and without `authentication`.
    @Test(.enabled(if: program("python3") != nil, "python3 is not installed"))
    func `another program computes the same authentication from the page on the format`() throws {
        let script = #"""
            import sys, json, hmac, hashlib
            manifest = json.load(sys.stdin)
            claimed = manifest.pop("authentication")
            text = json.dumps(
                manifest, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
            prk = hmac.new(b"\0" * 64, bytes(range(7, 39)), hashlib.sha512).digest()
            key = hmac.new(prk, b"sealpipe manifest v1\x01", hashlib.sha512).digest()[:32]
            mac = hmac.new(key, text, hashlib.sha256).hexdigest()
            print("equal" if mac == claimed else "different")
            """#
        var random = SeededGenerator(seed: 14)
        var texts = [
            "plain", "caf\u{e9}/cafe\u{301}", "\u{1}\u{8}\t\n\u{c}\r\u{1f}\"\\/\u{7f}\u{2028}",
        ]
        for _ in 0..<4 {
            var text = String.UnicodeScalarView()
            for _ in 0..<40 {
                Unicode.Scalar(UInt32.random(in: 0..<0x11_0000, using: &random))
                    .map { text.append($0) }
            }
            texts.append(String(text))
        }
        for text in texts {
            let stored = try Self.sample(job: text, context: [[text, "v"]])
                .serialized(authenticatedBy: Self.key())
            let finished = try run("python3", ["-c", script], input: stored)
            #expect(finished.text == "equal\n", "\(text): \(finished.errors)")
        }
    }
}

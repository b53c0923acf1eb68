import Glibc
import Testing

@testable import Archive

/// Tars of ours under programs of others.
@Suite struct TarToolsTests {
    struct Tool: CustomTestStringConvertible, Sendable {
        let name: String
        let extraction: [String]
        var testDescription: String { name }

        static let gnu = Tool(
            name: "tar",
            extraction: [
                "-xpf", "-", "--numeric-owner", "--acls", "--xattrs", "--xattrs-include=*",
            ])
        static let bsd = Tool(
            name: "bsdtar", extraction: ["-xpf", "-", "--numeric-owner", "--acls", "--xattrs"])
        static let all = [gnu, bsd].filter { program($0.name) != nil }
    }

    static let isGNU = (try? run("tar", ["--version"]))?.text.contains("GNU tar") == true

    /// Extracts with a program and compares each entry with what came out.
    private func compare(_ entries: [Entry], with tool: Tool) throws {
        try withTemporaryDirectory { directory in
            let tar = try Sample.tar(of: entries)
            let finished = try run(tool.name, tool.extraction, input: tar, in: directory)
            #expect(finished.status == 0, "\(finished.errors)")
            for entry in entries { try compare(entry, bytes(directory + "/") + entry.path) }
        }
    }

    private func compare(_ entry: Entry, _ path: [UInt8]) throws {
        let name = entry.displayPath.prefix(40)
        let facts = try #require(FileFacts(path), "\(name) is missing")
        switch entry.kind {
        case .file:
            #expect(facts.type == S_IFREG)
            #expect(facts.size == entry.size)
            if isRoot || entry.mode & 0o400 != 0 {
                #expect(contents(of: path) == Sample.content(of: entry), "\(name)")
            }
        case .directory: #expect(facts.type == S_IFDIR)
        case .symbolicLink(let target):
            #expect(facts.type == S_IFLNK)
            #expect(linkTarget(of: path) == target)
        case .hardLink(let target):
            let other = Array(path.dropLast(entry.path.count)) + target
            #expect(facts.inode == FileFacts(other)?.inode)
        case .fifo: #expect(facts.type == S_IFIFO)
        case .characterDevice(let device):
            #expect(facts.type == S_IFCHR && facts.device == device)
        case .blockDevice(let device):
            #expect(facts.type == S_IFBLK && facts.device == device)
        }
        if facts.type != S_IFLNK {
            // Whoever is not root gets no set-id bits.
            let bits: UInt32 = isRoot ? 0o7777 : 0o1777
            #expect(facts.mode & bits == entry.mode & bits, "\(name)")
        }
        #expect(facts.modified == entry.modified, "\(name)")
        if isRoot {
            #expect(facts.userID == entry.userID, "\(name)")
            #expect(facts.groupID == entry.groupID, "\(name)")
        }
        if !entry.attributes.isEmpty {
            #expect(try attributes(of: path) == entry.attributes, "\(name)")
        }
    }

    private func suitable(_ entries: [Entry], in directory: String) -> [Entry] {
        entries.filter { entry in
            switch entry.kind {
            case .characterDevice, .blockDevice: if !isRoot { return false }
            default: break
            }
            return entry.path.count < 4000 && keeps(entry.modified, in: directory)
                && (entry.attributes.isEmpty || keepsAttributes(in: directory))
        }
    }

    @Test(arguments: Tool.all)
    func `every kind of entry is extracted with all that it has`(tool: Tool) throws {
        try withTemporaryDirectory { directory in
            var entries = suitable(Sample.entries + Sample.listed, in: directory)
            entries.removeAll { entry in
                // bsdtar composes names as it reads them.
                tool.name == "bsdtar" && entry.path.starts(with: bytes("e\u{301}"))
            }
            // The directory comes last, or extracting into it would change its time.
            let first = entries.removeFirst()
            try compare(entries + [first], with: tool)
        }
    }

    @Test(arguments: Tool.all)
    func `holes are extracted as holes`(tool: Tool) throws {
        let size = 16 << 20
        let entries = [
            Entry(
                path: bytes("ends"), kind: .file, mode: 0o644, modified: Sample.time, size: size,
                extents: [0..<4096, size - 4096..<size]),
            Entry(
                path: bytes("many"), kind: .file, mode: 0o644, modified: Sample.time, size: size,
                extents: (0..<200).map { $0 * 65536..<$0 * 65536 + 4096 }),
            Entry(
                path: bytes("middle"), kind: .file, mode: 0o644, modified: Sample.time,
                size: size + 1, extents: [1 << 20..<(1 << 20) + 8192]),
            Entry(
                path: bytes("none"), kind: .file, mode: 0o644, modified: Sample.time, size: size,
                extents: []),
            Entry(
                path: bytes("odd end"), kind: .file, mode: 0o644, modified: Sample.time,
                size: size + 7, extents: [size..<size + 7]),
            Entry(path: bytes("after"), kind: .file, mode: 0o644, modified: Sample.time, size: 600),
        ]
        try compare(entries, with: tool)
        try withTemporaryDirectory { directory in
            let tar = try Sample.tar(of: entries)
            #expect(tar.count < 2 << 20)
            try run(tool.name, tool.extraction, input: tar, in: directory)
            for entry in entries.dropLast() {
                let facts = FileFacts(bytes("\(directory)/") + entry.path)
                #expect((facts?.allocated ?? .max) < 4 << 20, "\(entry.displayPath)")
            }
        }
    }

    @Test(.enabled(if: TarToolsTests.isGNU, "tar is not GNU tar"))
    func `sizes beyond 8 GiB are listed`() throws {
        for size in [(8 << 30) - 1, 8 << 30, 1 << 40] {
            let sparse = Entry(
                path: bytes("sparse"), kind: .file, mode: 0o644, modified: Sample.time, size: size,
                extents: [size - 512..<size])
            var tar = try Sample.tar(of: [sparse])
            let listed = try run("tar", ["-tvf", "-", "--numeric-owner"], input: tar)
            #expect(listed.status == 0, "\(listed.errors)")
            #expect(listed.text.contains(" \(size) "), "\(listed.text)")
            // Of a file without holes the header is enough to say its size, and too little to extract.
            let whole = Entry(
                path: bytes("whole"), kind: .file, mode: 0o644, modified: Sample.time, size: size)
            tar.removeAll()
            try TarHeaderWriter().write(whole, to: &tar)
            let cut = try run("tar", ["-tvf", "-", "--numeric-owner"], input: tar)
            #expect(cut.text.contains(" \(size) "), "\(cut.text) \(cut.errors)")
            #expect(cut.status != 0)
        }
    }

    @Test(arguments: Tool.all)
    func `paths beyond 4096 bytes are listed`(tool: Tool) throws {
        let entries = [
            Entry(
                path: Sample.deepPath, kind: .file, mode: 0o644, modified: Sample.time, size: 700),
            Entry(path: bytes("after"), kind: .fifo, mode: 0o644, modified: Sample.time),
        ]
        let listed = try run(tool.name, ["-tf", "-"], input: Sample.tar(of: entries))
        #expect(listed.status == 0, "\(listed.errors)")
        #expect(listed.output == Sample.deepPath + bytes("\nafter\n"))
    }

    @Test(arguments: Tool.all)
    func `names of any bytes are listed`(tool: Tool) throws {
        let names = Sample.names.filter { name in
            // These two escape what they list, each in its own way.
            String(validating: name, as: UTF8.self) != nil && !name.starts(with: bytes("e\u{301}"))
                && name.allSatisfy { $0 >= 0x20 && $0 != 0x7f && $0 != 0x5c }
                && !name.starts(with: bytes("\u{202e}")) && name != bytes("🗝️")
        }
        let entries = names.map {
            Entry(path: $0, kind: .file, mode: 0o644, modified: Sample.time, size: 1)
        }
        let listed = try run(tool.name, ["-tf", "-"], input: Sample.tar(of: entries))
        #expect(listed.status == 0, "\(listed.errors)")
        #expect(listed.output.split(separator: 0x0a).map { Array($0) } == names)
    }

    @Test(arguments: Tool.all)
    func `times before 1970 are extracted to the second`(tool: Tool) throws {
        let entries = [-1, -86_400, -2_000_000_000].map { file(at: $0, 0) }
        try withTemporaryDirectory { directory in
            try compare(entries.filter { keeps($0.modified, in: directory) }, with: tool)
        }
    }

    @Test(.enabled(if: isGNU)) func `fractions of times before 1970 are extracted`() throws {
        let entries = [(-2, 999_999_999), (-6, 1), (-6, 500_000_000)].map { file(at: $0.0, $0.1) }
        try withTemporaryDirectory { directory in
            try compare(entries.filter { keeps($0.modified, in: directory) }, with: .gnu)
        }
    }

    @Test func `a tar read again tells the times before 1970`() throws {
        let entries = [(-1, 0), (-1, 500_000_000), (-2, 999_999_999), (-6, 1)].map {
            file(at: $0.0, $0.1)
        }
        var tar: [UInt8]? = try Sample.tar(of: entries)
        let reader = try TarReader { () -> [UInt8]? in exchange(&tar, with: nil) }
        for entry in entries { #expect(try reader.next() == TarReader.Header(of: entry)) }
    }

    private func file(at seconds: Int, _ nanoseconds: Int) -> Entry {
        Entry(
            path: bytes("at\(seconds).\(nanoseconds)"), kind: .file, mode: 0o644,
            modified: Entry.Time(seconds: seconds, nanoseconds: nanoseconds))
    }
}

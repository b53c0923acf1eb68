import Glibc
import Testing

@testable import Archive

/// Archives and directories that try to lead a restore out of its directory.
@Suite struct HostileRestoreTests {
    private typealias Trees = TreeRestorerTests

    /// A root with a directory beside it, of which nothing may change.
    private func withVictim(
        replacing: Bool, _ body: (_ root: String, TreeRestorer) throws -> Void
    ) throws {
        try Trees.withTree(replacing: replacing) { (path, tree) throws in
            let victim = "\(path)/../victim"
            try makeDirectory(victim)
            try write("secret", to: "\(victim)/secret")
            let before = FileFacts(victim)
            let secret = FileFacts("\(victim)/secret")
            try body(path, tree)
            #expect(FileFacts(victim) == before)
            #expect(FileFacts("\(victim)/secret") == secret)
            #expect(contents(of: "\(victim)/secret") == bytes("secret"))
            #expect(try names(in: victim) == [bytes("secret")])
        }
    }

    @Test(arguments: [
        "../victim/x", "/tmp/x", "a/../../victim/x", "..", ".", "", "a//x", "a/./x", "a/",
        "a\u{0}/x",
    ])
    func `unsafe paths are refused by every step`(path: String) throws {
        try withVictim(replacing: true) { (_, tree) throws in
            let unsafePath = ArchiveError.unsafePath(display(path: bytes(path)))
            for kind in [Entry.Kind.fifo, .symbolicLink(target: [0x78]), .hardLink(target: [0x78])]
            {
                #expect(throws: unsafePath) { try tree.makeSpecial(Trees.entry(path, kind)) }
            }
            let directory = Trees.entry(path, .directory)
            #expect(throws: unsafePath) { try tree.makeDirectory(directory) }
            #expect(throws: unsafePath) { try tree.finishDirectory(directory) }
            #expect(throws: unsafePath) { try tree.isThere(directory) }
            #expect(throws: unsafePath) { try tree.checkVacant(directory) }
            #expect(throws: unsafePath) { try tree.makeParent(of: Trees.entry(path, .file)) }
        }
    }

    @Test(arguments: ["../victim/secret", "/etc/passwd", "a/../../victim/secret", ".."])
    func `hard links to what is outside are refused`(target: String) throws {
        try withVictim(replacing: true) { (path, tree) throws in
            try makeDirectory("\(path)/a")
            #expect(throws: ArchiveError.unsafePath(target)) {
                try tree.makeSpecial(Trees.entry("hard", .hardLink(target: bytes(target))))
            }
            #expect(FileFacts("\(path)/hard") == nil)
        }
    }

    @Test(arguments: [false, true])
    func `a link that stands where a directory should be leads nowhere`(replacing: Bool) throws {
        try withVictim(replacing: replacing) { (path, tree) throws in
            try link(target: bytes("../victim"))("\(path)/d")
            try write("x", to: "\(path)/source")
            #expect(throws: ArchiveError.self) {
                try tree.makeParent(of: Trees.entry("d/x", .file))
            }
            #expect(throws: ArchiveError.self) {
                try tree.makeSpecial(Trees.entry("d/x", .symbolicLink(target: [0x78])))
            }
            #expect(throws: ArchiveError.self) { try tree.makeSpecial(Trees.entry("d/x", .fifo)) }
            #expect(throws: ArchiveError.self) {
                try tree.makeSpecial(Trees.entry("d/x", .hardLink(target: bytes("source"))))
            }
            #expect(throws: ArchiveError.self) {
                try tree.makeSpecial(Trees.entry("x", .hardLink(target: bytes("d/secret"))))
            }
            #expect(throws: ArchiveError.self) {
                try tree.makeDirectory(Trees.entry("d/inner", .directory))
            }
            #expect(throws: ArchiveError.self) {
                try tree.finishDirectory(Trees.entry("d", .directory, mode: 0o777))
            }
            #expect(try !tree.isThere(Trees.entry("d", .directory)))
            #expect(linkTarget(of: bytes("\(path)/d")) == bytes("../victim"))
        }
    }

    @Test(arguments: [false, true])
    func `a link of the archive never takes a directory's place`(replacing: Bool) throws {
        try withVictim(replacing: replacing) { (path, tree) throws in
            // The archive names `d` first as a link out, then as a directory with a file.
            let (parent, name) = try tree.makeParent(of: Trees.entry("d/secret", .file))
            #expect(parent.openChild(name, O_WRONLY | O_CREAT, mode: 0o600) != nil)
            #expect(throws: ArchiveError.self) {
                try tree.makeSpecial(Trees.entry("d", .symbolicLink(target: bytes("../victim"))))
            }
            #expect(FileFacts("\(path)/d")?.type == S_IFDIR)
            #expect(try names(in: path) == [bytes("d")])
        }
    }

    @Test func `a link that the archive has made leads nowhere either`() throws {
        try withVictim(replacing: true) { (path, tree) throws in
            let out = Entry.Kind.symbolicLink(target: bytes("../victim"))
            #expect(try tree.makeSpecial(Trees.entry("d", out)) == [])
            #expect(try tree.makeSpecial(Trees.entry("e/f", out)) == [])
            for (name, target) in [("x", "d/secret"), ("x", "e/f/secret")] {
                #expect(throws: ArchiveError.self) {
                    try tree.makeSpecial(Trees.entry(name, .hardLink(target: bytes(target))))
                }
            }
            for name in ["d/x", "e/f/x"] {
                #expect(throws: ArchiveError.self) {
                    try tree.makeSpecial(Trees.entry(name, .symbolicLink(target: [0x78])))
                }
            }
            #expect(FileFacts("\(path)/x") == nil)
        }
    }

    @Test func `a hard link to a link is the link, not what it points to`() throws {
        try withVictim(replacing: true) { (path, tree) throws in
            let target = bytes("../victim/secret")
            #expect(try tree.makeSpecial(Trees.entry("s", .symbolicLink(target: target))) == [])
            #expect(try tree.makeSpecial(Trees.entry("h", .hardLink(target: [0x73]))) == [])
            #expect(linkTarget(of: bytes("\(path)/h")) == target)
            #expect(FileFacts("\(path)/h")?.inode == FileFacts("\(path)/s")?.inode)
        }
    }

    @Test func `a link gets its own time and owner, not what it points to`() throws {
        try withVictim(replacing: true) { (path, tree) throws in
            var entry = Trees.entry(
                "s", .symbolicLink(target: bytes("../victim/secret")), mode: 0o777)
            if isRoot { (entry.userID, entry.groupID) = (4321, 1234) }
            #expect(try tree.makeSpecial(entry) == [])
            let facts = FileFacts("\(path)/s")
            #expect(facts?.modified == Sample.time)
            #expect(facts?.userID == entry.userID && facts?.groupID == entry.groupID)
        }
    }

    @Test func `a file is never written through a link`() throws {
        for replacing in [false, true] {
            try withVictim(replacing: replacing) { (path, tree) throws in
                try link(target: bytes("../victim/secret"))("\(path)/f")
                let entry = Trees.entry("f", .file)
                let restoring = try RestoringFile(
                    entry, in: tree.makeParent(of: entry).0, below: path,
                    rules: RestoreRules(
                        replacesFiles: replacing, restoresOwners: false, archiveID: "an archive"))
                let problems = try? restoring.restore([])
                #expect((problems != nil) == replacing)
                #expect(FileFacts("\(path)/f")?.type == (replacing ? S_IFREG : S_IFLNK))
            }
        }
    }
}

import Glibc
import Testing

@testable import Archive

@Suite struct TreeRestorerTests {
    static func withTree(
        replacing: Bool = false, owners: Bool = isRoot,
        _ body: (String, TreeRestorer) throws -> Void
    ) throws {
        try withTemporaryDirectory { path in
            try makeDirectory("\(path)/root")
            try body("\(path)/root", tree(at: "\(path)/root", replacing: replacing, owners: owners))
        }
    }

    static func tree(
        at path: String, replacing: Bool = false, owners: Bool = isRoot
    ) throws -> TreeRestorer {
        TreeRestorer(
            root: try FileDescriptor.open(path, O_RDONLY | O_DIRECTORY), path: path,
            rules: RestoreRules(
                replacesFiles: replacing, restoresOwners: owners, archiveID: "an archive"))
    }

    static func entry(_ path: String, _ kind: Entry.Kind, mode: UInt32 = 0o644) -> Entry {
        Entry(
            path: bytes(path), kind: kind, mode: mode, userID: geteuid(), groupID: getegid(),
            modified: Sample.time)
    }

    @Test func `directories get modes and times when all beneath them is there`() throws {
        try Self.withTree { (path, tree) throws in
            let outer = Self.entry("a", .directory, mode: 0o1555)
            let inner = Self.entry("a/b", .directory, mode: 0o000)
            try tree.makeDirectory(outer)
            try tree.makeDirectory(inner)
            #expect(FileFacts("\(path)/a")?.mode == 0o700)
            let (parent, name) = try tree.makeParent(of: Self.entry("a/b/f", .file))
            #expect(parent.openChild(name, O_WRONLY | O_CREAT, mode: 0o600) != nil)
            #expect(try tree.makeSpecial(Self.entry("a/link", .symbolicLink(target: [0x78]))) == [])
            #expect(try tree.finishDirectory(inner) == [])
            #expect(try tree.finishDirectory(outer) == [])
            for (name, mode) in [("a", 0o1555), ("a/b", 0o000)] {
                #expect(FileFacts("\(path)/\(name)")?.mode == UInt32(mode))
                #expect(FileFacts("\(path)/\(name)")?.modified == Sample.time)
            }
        }
    }

    @Test func `links, FIFOs and devices are made as they were`() throws {
        try Self.withTree { (path, tree) throws in
            try write("data", to: "\(path)/file")
            let kinds: [(String, Entry.Kind, UInt32)] = [
                ("sym", .symbolicLink(target: bytes("/nowhere/\n") + [0xff]), S_IFLNK),
                ("d/e/fifo", .fifo, S_IFIFO),
                ("null", .characterDevice(Entry.Device(major: 1, minor: 3)), S_IFCHR),
                ("disk", .blockDevice(Entry.Device(major: 7, minor: 300)), S_IFBLK),
            ]
            for (name, kind, type) in kinds where isRoot || type == S_IFLNK || type == S_IFIFO {
                let entry = Self.entry(name, kind, mode: 0o622)
                #expect(try tree.makeSpecial(entry) == [], "\(name)")
                let facts = try #require(FileFacts("\(path)/\(name)"))
                #expect(facts.type == type)
                #expect(facts.modified == Sample.time, "\(name)")
                if type != S_IFLNK { #expect(facts.mode == 0o622) }
                switch kind {
                case .characterDevice(let device), .blockDevice(let device):
                    #expect(facts.device == device)
                case .symbolicLink(let target):
                    #expect(linkTarget(of: bytes("\(path)/\(name)")) == target)
                default: break
                }
            }
            #expect(
                try tree.makeSpecial(Self.entry("d/hard", .hardLink(target: bytes("file")))) == [])
            #expect(FileFacts("\(path)/d/hard")?.inode == FileFacts("\(path)/file")?.inode)
            // Files and directories are not its business.
            #expect(try tree.makeSpecial(Self.entry("no", .file)) == [])
            #expect(try tree.makeSpecial(Self.entry("no", .directory)) == [])
            #expect(try names(in: path).allSatisfy { !$0.starts(with: bytes(".sealpipe")) })
            #expect(FileFacts("\(path)/no") == nil)
        }
    }

    @Test func `devices are left out and noted without root's rights`() async throws {
        let path = try makeOpenDirectory()
        defer { removeTree(path) }
        await #expect(processExitsWith: .success) { [path = path as String] in
            becomeNobody()
            let tree = try Self.tree(at: path, owners: false)
            let device = Self.entry("null", .characterDevice(Entry.Device(major: 1, minor: 3)))
            #expect(
                try tree.makeSpecial(device)
                    == [RestoreProblem(path: bytes("null"), detail: "only root may make devices")])
            #expect(try names(in: path) == [])
        }
    }

    @Test func `directories that their owner may not enter are restored without root's rights`()
        async throws
    {
        let path = try makeOpenDirectory()
        defer { removeTree(path) }
        await #expect(processExitsWith: .success) { [path = path as String] in
            becomeNobody()
            let tree = try Self.tree(at: path, owners: false)
            let modes: [(String, UInt32)] = [
                ("a", 0o555), ("a/b", 0o000), ("a/b/c", 0o111), ("a/d", 0o2300),
            ]
            let directories = modes.map { Self.entry($0.0, .directory, mode: $0.1) }
            for directory in directories { try tree.makeDirectory(directory) }
            for directory in directories {
                let file = Self.entry("\(directory.displayPath)/f", .file)
                let restoring = try RestoringFile(
                    file, in: tree.makeParent(of: file).0, below: path,
                    rules: RestoreRules(
                        replacesFiles: false, restoresOwners: false, archiveID: "an archive"))
                #expect(try restoring.restore([]) == [])
            }
            for directory in directories.reversed() {
                #expect(try tree.finishDirectory(directory) == [])
            }
            #expect(FileFacts("\(path)/a")?.mode == 0o555)
            // A set-id bit is not given without the owner.
            #expect(FileFacts("\(path)/a/d")?.mode == 0o300)
            #expect(FileFacts("\(path)/a/b")?.mode == 0o000)
            #expect(FileFacts("\(path)/a/b/f") == nil)
            unsafe chmod("\(path)/a/b", 0o700)
            #expect(FileFacts("\(path)/a/b/c")?.mode == 0o111)
            #expect(FileFacts("\(path)/a/b/c/f") != nil)
        }
    }

    @Test func `a directory is made if something beneath it was`() throws {
        try Self.withTree { (path, tree) throws in
            let directory = Self.entry("a/b", .directory)
            #expect(try !tree.isThere(directory))
            _ = try tree.makeParent(of: Self.entry("a/b/f", .file))
            #expect(try tree.isThere(directory))
            try write("x", to: "\(path)/file")
            #expect(try !tree.isThere(Self.entry("file", .directory)))
            try link(target: bytes("a"))("\(path)/link")
            #expect(try !tree.isThere(Self.entry("link", .directory)))
        }
    }

    @Test func `what is there is found before anything is written`() throws {
        for replacing in [false, true] {
            try Self.withTree(replacing: replacing) { (path, tree) throws in
                try write("x", to: "\(path)/file")
                try makeDirectory("\(path)/dir")
                try link(target: bytes("dir"))("\(path)/link")
                func isVacant(_ name: String, _ kind: Entry.Kind) -> Bool {
                    do { try tree.checkVacant(Self.entry(name, kind)) } catch {
                        let place = "\(path)/\(name)"
                        #expect(
                            error
                                == (name == "dir"
                                    ? .isDirectory(path: place) : .exists(path: place)))
                        return false
                    }
                    return true
                }
                #expect(isVacant("new", .file))
                #expect(isVacant("new/er", .file))
                #expect(isVacant("dir", .directory))
                #expect(isVacant("dir/f", .file))
                #expect(!isVacant("dir", .file))
                #expect(!isVacant("dir", .symbolicLink(target: [0x78])))
                for name in ["file", "link"] {
                    #expect(isVacant(name, .file) == replacing)
                    #expect(isVacant(name, .fifo) == replacing)
                    #expect(isVacant(name, .directory) == replacing)
                }
            }
        }
    }

    @Test func `links and files that are there are replaced when that was asked for`() throws {
        let kinds: [Entry.Kind] = [
            .symbolicLink(target: bytes("new")), .fifo, .hardLink(target: bytes("source")),
        ]
        for kind in kinds {
            for replacing in [false, true] {
                try Self.withTree(replacing: replacing) { (path, tree) throws in
                    try write("s", to: "\(path)/source")
                    try write("old", to: "\(path)/f")
                    try link(target: bytes("source"))("\(path)/l")
                    for name in ["f", "l"] {
                        let entry = Self.entry(name, kind)
                        if replacing {
                            #expect(try tree.makeSpecial(entry) == [])
                        } else {
                            #expect(throws: ArchiveError.exists(path: "\(path)/\(name)")) {
                                try tree.makeSpecial(entry)
                            }
                        }
                    }
                    if !replacing { #expect(contents(of: "\(path)/f") == bytes("old")) }
                    #expect(contents(of: "\(path)/source") == bytes("s"))
                    #expect(try names(in: path) == ["f", "l", "source"].map(bytes))
                }
            }
        }
    }

    @Test func `what a killed restore left does not stand in the way`() throws {
        try Self.withTree { (path, tree) throws in
            let rules = RestoreRules(
                replacesFiles: false, restoresOwners: false, archiveID: "an archive")
            for number in 0..<2 {
                try write(
                    "left",
                    to: "\(path)/" + String(decoding: rules.temporaryName(number), as: UTF8.self))
            }
            #expect(try tree.makeSpecial(Self.entry("fifo", .fifo), number: 0) == [])
            let link = Self.entry("l", .symbolicLink(target: [0x78]))
            #expect(try tree.makeSpecial(link, number: 1) == [])
            #expect(try names(in: path) == ["fifo", "l"].map(bytes))
        }
    }

    @Test func `a name that is the same file already stays one`() throws {
        try Self.withTree(replacing: true) { (path, tree) throws in
            try write("x", to: "\(path)/a")
            for _ in 0..<2 {
                #expect(
                    try tree.makeSpecial(Self.entry("b", .hardLink(target: bytes("a")))) == [])
            }
            #expect(try names(in: path) == ["a", "b"].map(bytes))
            #expect(FileFacts("\(path)/a")?.linkCount == 2)
        }
    }

    @Test func `a directory takes the place of a file or link when that was asked for`() throws {
        try Self.withTree(replacing: true) { (path, tree) throws in
            try write("x", to: "\(path)/f")
            try makeDirectory("\(path)/elsewhere")
            try link(target: bytes("elsewhere"))("\(path)/l")
            try makeDirectory("\(path)/d")
            try write("kept", to: "\(path)/d/kept")
            for name in ["f", "l", "d"] {
                let directory = Self.entry(name, .directory, mode: 0o755)
                try tree.makeDirectory(directory)
                _ = try tree.makeParent(of: Self.entry("\(name)/x", .file))
                #expect(try tree.finishDirectory(directory) == [])
                #expect(FileFacts("\(path)/\(name)")?.type == S_IFDIR)
            }
            #expect(contents(of: "\(path)/d/kept") == bytes("kept"))
            #expect(try names(in: "\(path)/elsewhere") == [])
        }
    }
}

import Dispatch
import Glibc
import TestSupport
import Testing

@testable import Archive

@Suite struct RestoredFileTests {
    private func withRoot(_ body: (String, FileDescriptor) throws -> Void) throws {
        try withTemporaryDirectory { path in
            try body(path, FileDescriptor.open(path, O_RDONLY | O_DIRECTORY))
        }
    }

    private static func rules(replacing: Bool = false, owners: Bool = isRoot) -> RestoreRules {
        RestoreRules(replacesFiles: replacing, restoresOwners: owners, archiveID: "an archive")
    }

    private static func file(
        size: Int, mode: UInt32 = 0o640, extents: [Range<Int>]? = nil,
        attributes: [Entry.Attribute] = []
    ) -> Entry {
        Entry(
            path: bytes("f"), kind: .file, mode: mode, userID: geteuid(), groupID: getegid(),
            modified: Sample.time, size: size, extents: extents, attributes: attributes)
    }

    private static func begin(
        _ entry: Entry, in root: FileDescriptor, number: Int = 1, rules: RestoreRules = rules()
    ) throws -> RestoringFile {
        try RestoringFile(
            entry, in: root, below: "/proc/self/fd/\(root.number)", number: number, rules: rules)
    }

    private static func restore(
        _ entry: Entry, in root: FileDescriptor, rules: RestoreRules = rules()
    ) throws -> [RestoreProblem] {
        try begin(entry, in: root, rules: rules).restore(Sample.data(of: entry))
    }

    @Test func `a file has its name only when it is complete and named`() throws {
        try withRoot { (path, root) throws in
            let entry = Self.file(size: 9000)
            let data = Sample.data(of: entry)
            let restoring = try Self.begin(entry, in: root)
            for range in [6000..<9000, 0..<1000, 3000..<6000, 1000..<3000] {
                try restoring.name()
                let piece = Array(data[range])
                #expect(try restoring.file.take(piece.span, at: range.lowerBound) == [])
                #expect(try names(in: path).count == 1)
                #expect(FileFacts("\(path)/f") == nil)
            }
            try restoring.name()
            #expect(try names(in: path) == [bytes("f")])
            #expect(contents(of: "\(path)/f") == data)
        }
    }

    @Test func `mode, time and owner are those of the entry`() throws {
        try withRoot { (path, root) throws in
            for mode: UInt32 in [0o000, 0o400, 0o1644, 0o777] {
                var entry = Self.file(size: 3, mode: mode)
                entry.path = bytes("m\(mode)")
                if isRoot { (entry.userID, entry.groupID) = (12345, 54321) }
                #expect(try Self.restore(entry, in: root) == [])
                let facts = FileFacts("\(path)/m\(mode)")
                #expect(facts?.mode == mode)
                #expect(facts?.modified == Sample.time)
                #expect(facts?.userID == entry.userID && facts?.groupID == entry.groupID)
            }
        }
    }

    @Test func `an empty file is finished without data`() throws {
        try withRoot { (path, root) throws in
            #expect(try Self.restore(Self.file(size: 0), in: root) == [])
            #expect(FileFacts("\(path)/f")?.size == 0)
        }
    }

    @Test func `a file that is not finished disappears`() throws {
        try withRoot { (path, root) throws in
            do {
                let restoring = try Self.begin(Self.file(size: 10), in: root)
                _ = try restoring.file.take([1, 2, 3].span, at: 0)
                #expect(try names(in: path).count == 1)
            }
            #expect(try names(in: path) == [])
        }
    }

    @Test func `a file that cannot be made as large as it must be disappears`() throws {
        try withRoot { (path, root) throws in
            let entry = Self.file(size: (1 << 60) - 1, extents: [0..<10])
            #expect(throws: ArchiveError.system(call: "truncate", path: "f", errno: EFBIG)) {
                try Self.begin(entry, in: root)
            }
            #expect(try names(in: path) == [])
        }
    }

    @Test func `holes stay holes`() throws {
        try withRoot { (path, root) throws in
            let size = 8 << 20
            let all: [[Range<Int>]] = [
                [], [0..<4096], [size - 5..<size], [4096..<8192, 1 << 20..<(1 << 20) + 100_000],
            ]
            for (number, extents) in all.enumerated() {
                var entry = Self.file(size: size, extents: extents)
                entry.path = bytes("s\(number)")
                #expect(try Self.restore(entry, in: root) == [])
                #expect(contents(of: "\(path)/s\(number)") == Sample.content(of: entry))
                #expect((FileFacts("\(path)/s\(number)")?.allocated ?? .max) < 1 << 20)
            }
        }
    }

    @Test func `pieces are put where the extents they fall into are`() throws {
        var random = SeededGenerator(seed: 16)
        try withRoot { (path, root) throws in
            for round in 0..<60 {
                var extents: [Range<Int>] = []
                var position = 0
                for _ in 0..<Int.random(in: 1...12, using: &random) {
                    position += Int.random(in: 0...50, using: &random)
                    let end = position + Int.random(in: 1...60, using: &random)
                    extents.append(position..<end)
                    position = end
                }
                var entry = Self.file(
                    size: position + Int.random(in: 0...50, using: &random), extents: extents)
                entry.path = bytes("r\(round)")
                let data = Sample.data(of: entry)
                let cuts = Set((0..<4).map { _ in Int.random(in: 0...data.count, using: &random) })
                    .union([0, data.count]).sorted()
                let restoring = try Self.begin(entry, in: root, number: round)
                for range in zip(cuts, cuts.dropFirst()).map({ $0..<$1 }).shuffled(using: &random) {
                    let piece = Array(data[range])
                    _ = try restoring.file.take(piece.span, at: range.lowerBound)
                }
                try restoring.name()
                #expect(contents(of: "\(path)/r\(round)") == Sample.content(of: entry))
            }
        }
    }

    @Test func `pieces are written side by side, and the last one finishes the file`() throws {
        try withRoot { (path, root) throws in
            let entry = Self.file(size: 1 << 18, extents: [4096..<100_000, 131_072..<1 << 18])
            let data = Sample.data(of: entry)
            let restoring = try Self.begin(entry, in: root)
            let count = 64
            DispatchQueue.concurrentPerform(iterations: count) { piece in
                let range = data.count * piece / count..<data.count * (piece + 1) / count
                #expect(throws: Never.self) {
                    try restoring.file.take(Array(data[range]).span, at: range.lowerBound)
                }
            }
            try restoring.name()
            #expect(contents(of: "\(path)/f") == Sample.content(of: entry))
            #expect(try names(in: path) == [bytes("f")])
        }
    }

    @Test func `a file that is there is refused and left alone`() throws {
        try withRoot { (path, root) throws in
            try write("mine", to: "\(path)/f")
            #expect(throws: ArchiveError.exists(path: "/proc/self/fd/\(root.number)/f")) {
                try Self.restore(Self.file(size: 5), in: root)
            }
            #expect(contents(of: "\(path)/f") == bytes("mine"))
            #expect(try names(in: path) == [bytes("f")])
        }
    }

    @Test func `a file that is there is replaced when that was asked for`() throws {
        try withRoot { (path, root) throws in
            try write("mine", to: "\(path)/f")
            let entry = Self.file(size: 5)
            #expect(try Self.restore(entry, in: root, rules: Self.rules(replacing: true)) == [])
            #expect(contents(of: "\(path)/f") == Sample.content(of: entry))
            #expect(try names(in: path) == [bytes("f")])
        }
    }

    @Test func `a link that is there is replaced itself, never what it points to`() throws {
        try withRoot { (path, root) throws in
            try write("mine", to: "\(path)/victim")
            try link(target: bytes("victim"))("\(path)/f")
            #expect(throws: ArchiveError.exists(path: "/proc/self/fd/\(root.number)/f")) {
                try Self.restore(Self.file(size: 5), in: root)
            }
            _ = try Self.restore(Self.file(size: 5), in: root, rules: Self.rules(replacing: true))
            #expect(FileFacts("\(path)/f")?.type == S_IFREG)
            #expect(contents(of: "\(path)/victim") == bytes("mine"))
        }
    }

    @Test func `a directory is never replaced by a file`() throws {
        try withRoot { (path, root) throws in
            try makeDirectory("\(path)/f")
            for replacing in [false, true] {
                #expect(throws: ArchiveError.self) {
                    try Self.restore(
                        Self.file(size: 5), in: root, rules: Self.rules(replacing: replacing))
                }
                #expect(try names(in: path) == [bytes("f")])
            }
            #expect(FileFacts("\(path)/f")?.type == S_IFDIR)
        }
    }

    @Test func `what a killed restore left is taken over, that of other archives is not`() throws {
        try withRoot { (path, root) throws in
            let other = RestoreRules(
                replacesFiles: false, restoresOwners: false, archiveID: "../another/archive")
            let left = [Self.rules(), other].map { $0.temporaryName(1) }
            for name in left {
                #expect(name.starts(with: bytes(".sealpipe-")) && !name.contains(0x2f))
                try write(bytes("left behind"), to: bytes("\(path)/") + name)
            }
            #expect(try Self.restore(Self.file(size: 5), in: root) == [])
            #expect(contents(of: "\(path)/f") == Sample.content(of: Self.file(size: 5)))
            #expect(try names(in: path) == [left[1], bytes("f")])
            #expect(contents(of: bytes("\(path)/") + left[1]) == bytes("left behind"))
        }
    }

    @Test func `set-id bits are kept with the owner only`() throws {
        try withRoot { (path, root) throws in
            var entry = Self.file(size: 1, mode: 0o6755)
            #expect(try Self.restore(entry, in: root, rules: Self.rules(owners: false)) == [])
            #expect(FileFacts("\(path)/f")?.mode == 0o755)
            if isRoot {
                entry.path = bytes("g")
                #expect(try Self.restore(entry, in: root, rules: Self.rules(owners: true)) == [])
                #expect(FileFacts("\(path)/g")?.mode == 0o6755)
            }
        }
    }

    @Test func `set-id bits are dropped where the owner could not be given`() async throws {
        let path = try makeOpenDirectory()
        defer { removeTree(path) }
        await #expect(processExitsWith: .success) { [path = path as String] in
            becomeNobody()
            let root = try FileDescriptor.open(path, O_RDONLY | O_DIRECTORY)
            var entry = Self.file(size: 1, mode: 0o6755)
            entry.userID = 0
            let problems = try Self.restore(entry, in: root, rules: Self.rules(owners: true))
            #expect(problems.map(\.detail) == ["owner: Operation not permitted"])
            #expect(problems.map(\.path) == [bytes("f")])
            #expect(FileFacts("\(path)/f")?.mode == 0o755)
        }
    }

    @Test(.enabled(if: keepsAttributesHere, "the file system has no extended attributes"))
    func `attributes and ACLs are restored, also of files that nobody may write`()
        async throws
    {
        let path = try makeOpenDirectory()
        defer { removeTree(path) }
        await #expect(processExitsWith: .success) { [path = path as String] in
            becomeNobody()
            let root = try FileDescriptor.open(path, O_RDONLY | O_DIRECTORY)
            let tags = [
                Sample.accessList, Entry.Attribute(name: bytes("user.a"), value: [0, 255]),
                Entry.Attribute(name: bytes("user.b"), value: []),
            ]
            var entry = Self.file(size: 1, mode: 0o464, attributes: tags)
            entry.attributes[0] = Entry.Attribute(
                name: tags[0].name,
                value: tags[0].value.enumerated().map { $0 == 6 ? 4 : $1 })
            #expect(try Self.restore(entry, in: root, rules: Self.rules(owners: false)) == [])
            #expect(FileFacts("\(path)/f")?.mode == 0o464)
            #expect(FileFacts("\(path)/f")?.modified == Sample.time)
            #expect(try attributes(of: bytes("\(path)/f")) == entry.attributes)
        }
    }

    @Test func `what may not be restored is noted, and only where it was to be expected`()
        async throws
    {
        let path = try makeOpenDirectory()
        defer { removeTree(path) }
        await #expect(processExitsWith: .success) { [path = path as String] in
            becomeNobody()
            let root = try FileDescriptor.open(path, O_RDONLY | O_DIRECTORY)
            let entry = Self.file(
                size: 1,
                attributes: [
                    Entry.Attribute(name: bytes("trusted.x"), value: [1]),
                    Entry.Attribute(name: bytes("user."), value: [1]),
                ])
            let problems = try Self.restore(entry, in: root, rules: Self.rules(owners: false))
            #expect(problems.count == 1)
            #expect(problems.first?.detail.hasPrefix("attribute user.: ") == true)
        }
    }

    @Test func `finishing a file before its data is a programming error`() async {
        await #expect(processExitsWith: .failure) {
            let path = try makeTemporaryDirectory()
            defer { removeTree(path) }
            let root = try FileDescriptor.open(path, O_RDONLY | O_DIRECTORY)
            let restoring = try Self.begin(Self.file(size: 1), in: root)
            removeTree(path)
            _ = try restoring.file.finishEmpty()
        }
    }
}

import Foundation
import Glibc
import Jobs
import OKMS
import Testing

/// What goes in comes out, bit for bit and attribute for attribute, whatever the sizes.
@Suite struct RoundTripTests {
    private let place: Workplace

    init() throws { place = try Workplace() }

    /// A listing of all that a restore must bring back.
    private func listing(_ directory: String) throws -> String {
        try place.shell(
            """
            cd \(directory) && find . -type d -printf '%p %y %m %U %G %T@\\n' \
            -o -printf '%p %y %m %U %G %T@ %s %l %n\\n' | LC_ALL=C sort
            """
        ).output
    }

    private func makeTree() throws {
        var generator = SplitMix(state: 7)
        for (index, size) in [0, 1, 511, 512, 513, 4095, 4096, 65_535, 65_536, 200_000].enumerated()
        {
            try place.write("tree/f\(index)", generator.bytes(size))
            try place.write("tree/text/t\(index)", Array(repeating: 0x61, count: size))
        }
        try place.write("tree/huge", generator.bytes(1_500_000))
        try place.write("tree/deep/" + String(repeating: "d/", count: 60) + "leaf", [1, 2, 3])
        try place.shell(
            """
            mkdir -p tree/empty; ln -s ../f1 tree/text/link; ln -s /nowhere tree/dangling
            ln tree/f3 tree/hard; ln tree/huge tree/text/hard2; mkfifo tree/pipe
            touch "tree/$(printf 'new\\nline \\377')"; touch "tree/$(printf 'x%.0s' $(seq 255))"
            truncate -s 3M tree/sparse; printf mid | dd of=tree/sparse bs=1 seek=1500000 conv=notrunc
            truncate -s 1M tree/hole; chmod 0555 tree/deep; chmod 0640 tree/f2; chmod 1777 tree/empty
            touch -d '1955-03-04 05:06:07.123456789' tree/f4 tree/text
            """)
    }

    @Test(arguments: [
        tinyStages,
        Stages(
            chunkByteCount: 64 << 10,
            encryption: .init(frameByteCount: 4 << 10, partByteCount: 64 << 10)),
        Stages(compression: .init(), encryption: .init()),
        // Large enough to be sampled: what does not compress is stored.
        Stages(chunkByteCount: 256 << 10, compression: .init(), encryption: .init()),
        Stages(
            chunkByteCount: 64 << 10, compression: .init(),
            encryption: .init(frameByteCount: 1 << 20, partByteCount: 1 << 20)),
    ])
    func `a tree comes back as it was`(stages: Stages) throws {
        try makeTree()
        let summary = try place.run(
            .seal([Source(path: place("tree"), name: "tree")], into: place("set"), stages: stages))
        #expect(summary.problems.isEmpty)
        try place.run(.restore(place("set"), into: place("back")))
        #expect(try listing("tree") == listing("back/tree"))
        #expect(try place.shell("diff -r --no-dereference tree/text back/tree/text").status == 0)
        for name in ["huge", "f9", "sparse", "hole"] {
            #expect(try place.read("tree/\(name)") == place.read("back/tree/\(name)"))
        }
        let report = try ArchiveVerifier(
            at: place("set"), withKey: true, environment: place.environment,
            progress: RunProgress()
        ).run()
        #expect(report.found.isEmpty)
        #expect(report.entries == summary.entries)
    }

    @Test func `more directories than are remembered come back too`() throws {
        try place.shell(
            """
            mkdir many && cd many && seq 20100 | xargs mkdir -m 0750 && ln -s 7 link && touch 5/f \
            && ln 5/f 9/hard && touch -d '2001-02-03 04:05:06.7' 5 20100 .
            """)
        try place.run(.seal([Source(path: place("many"), name: "many")], into: place("set")))
        try place.run(.restore(place("set"), into: place("back")))
        #expect(try listing("many") == listing("back/many"))
    }

    @Test func `a wanted link to an unwanted special comes back`() throws {
        try place.shell(
            "mkdir -p t/a t/b; mkfifo t/a/f; ln t/a/f t/b/f1; ln -s x t/a/l; ln t/a/l t/b/l1")
        try place.run(.seal([Source(path: place("t"), name: "t")], into: place("set")))
        try place.run(.restore(place("set"), into: place("back"), select: [Glob("t/b")]))
        let found = try place.shell("cd back/t/b && stat -c '%n %F' f1 l1").output
        #expect(found == "f1 fifo\nl1 symbolic link\n")
    }

    @Test func `a selection leaves directories alone that were there`() throws {
        try place.shell(
            "mkdir -p t/x; echo 1 > t/x/f; chmod 0777 t/x; mkdir -p back/t/x; chmod 0700 back/t/x")
        try place.run(.seal([Source(path: place("t"), name: "t")], into: place("set")))
        try place.run(.restore(place("set"), into: place("back"), select: [Glob("t/x/f")]))
        #expect(try place.shell("stat -c %a back/t/x").output == "700\n")
    }

    @Test func `an old archive does not pass for the newest`() throws {
        try place.write("t/f", [1])
        try place.run(.seal([Source(path: place("t"), name: "t")], into: place("set")))
        try place.shell("mv set/2* set/20991231T000000.000Z")
        let job = Job.restore(place("set"), into: place("back"))
        #expect(try #require(throws: JobError.self) { try place.run(job) }.status == .integrity)
    }

    @Test func `what a link points to is not emptied`() throws {
        try place.write("t/f", [1])
        try place.write("victim/precious", [1])
        try place.run(.seal([Source(path: place("t"), name: "t")], into: place("set")))
        try place.shell("ln -s ../victim set/.20260102T030405.678Z.partial")
        _ = try? place.run(.seal([Source(path: place("t"), name: "t")], into: place("set")))
        #expect(try place.read("victim/precious") == [1])
    }

    @Test func `nothing is restored into the set`() throws {
        try place.write("t/f", [1])
        let archive = try place.run(
            .seal([Source(path: place("t"), name: "t")], into: place("set"))
        ).archive
        for target in [place("set"), try #require(archive)] {
            let job = Job.restore(place("set"), into: target)
            #expect(try #require(throws: JobError.self) { try place.run(job) }.status == .usage)
        }
    }

    @Test func `a job that names a key opens nothing of another`() throws {
        try place.write("t/f", [1])
        try place.run(.seal([Source(path: place("t"), name: "t")], into: place("set")))
        let service = try place.environment.keyService(.embedded, making: true)
        var job = Job.restore(place("set"), into: place("back"))
        job.key.names = [try service.createKey(description: "").arn.description]
        #expect(try #require(throws: JobError.self) { try place.run(job) }.status == .keyRefused)
    }

    @Test func `holes stay holes`() throws {
        try place.shell("mkdir s; truncate -s 64M s/hole; printf x >> s/hole")
        try place.run(.seal([Source(path: place("s"), name: "s")], into: place("set")))
        try place.run(.restore(place("set"), into: place("back")))
        let blocks = try place.shell("stat -c %b back/s/hole").output
        #expect((Int(blocks.trimmingCharacters(in: .whitespacesAndNewlines)) ?? .max) < 64)
        #expect(try place.shell("cmp s/hole back/s/hole").status == 0)
    }

    @Test func `a selection comes back with what it needs and nothing else`() throws {
        try makeTree()
        try place.run(.seal([Source(path: place("tree"), name: "tree")], into: place("set")))
        // `text/hard2` is a link to `huge`, which is not selected: it gets the data itself.
        try place.run(
            .restore(
                place("set"), into: place("back"),
                select: [Glob("tree/text/hard2"), Glob("tree/text/t1")]))
        #expect(try place.read("tree/huge") == place.read("back/tree/text/hard2"))
        #expect(
            try place.shell("cd back && find . -type f | LC_ALL=C sort").output
                == "./tree/text/hard2\n./tree/text/t1\n")
        // Directories on the way have their own metadata, not ours.
        #expect(
            try place.shell("stat -c '%a %y' tree/text").output
                == place.shell("stat -c '%a %y' back/tree/text").output)
    }

    @Test func `a selection reads only the parts it needs`() throws {
        try makeTree()
        let summary = try place.run(
            .seal([Source(path: place("tree"), name: "tree")], into: place("set")))
        let archive = try #require(summary.archive)
        try place.shell(
            "for p in \(archive)/part-0000[1-9]*; do printf 0123456789abcdef | dd of=$p bs=1 seek=500 conv=notrunc; done"
        )
        try place.run(
            .restore(place("set"), into: place("back"), select: [Glob("tree/dangling")]))
        #expect(try place.shell("readlink back/tree/dangling").output == "/nowhere\n")
    }

    @Test(arguments: [1, 4095, 65_536, 300_000])
    func `a stream becomes a file of a tar`(size: Int) throws {
        var generator = SplitMix(state: UInt64(size))
        try place.write("in", generator.bytes(size))
        var stages = tinyStages
        stages.encryption = .init(frameByteCount: 4 << 10, partByteCount: 64 << 10)
        let job = Job(
            name: "dump", input: .command(arguments: ["cat", place("in")], name: "dump.sql"),
            stages: stages, output: .archive(path: place("set")))
        try place.run(job)
        try place.run(.restore(place("set"), into: place("back")))
        #expect(try place.read("in") == place.read("back/dump.sql"))
        let report = try ArchiveVerifier(
            at: place("set"), withKey: true, environment: place.environment,
            progress: RunProgress()
        ).run()
        #expect(report.found.isEmpty)
    }

    @Test func `a program that fails leaves no archive`() throws {
        let job = Job(
            name: "dump", input: .command(arguments: ["sh", "-c", "echo half; exit 3"], name: "d"),
            stages: tinyStages, output: .archive(path: place("set")))
        let error = try #require(throws: JobError.self) { try place.run(job) }
        #expect(error.status == .failed)
        #expect(!FileManager.default.fileExists(atPath: place("set")))
    }

    @Test func `nothing to archive is a failure`() throws {
        try place.shell("mkdir empty")
        let job = Job.seal([Source(path: place("empty"), name: "empty")], into: place("set"))
        #expect(try #require(throws: JobError.self) { try place.run(job) }.status == .missing)
        #expect(!FileManager.default.fileExists(atPath: place("set")))
    }

    @Test func `an archive set within its source is refused`() throws {
        try place.write("tree/f", [1])
        let sources = [Source(path: place("tree"), name: "tree")]
        let job = Job.seal(sources, into: place("tree/archives"))
        #expect(try #require(throws: JobError.self) { try place.run(job) }.status == .usage)
        try place.run(
            .seal(sources, into: place("tree/archives"), exclude: [Glob("tree/archives")]))
    }
}

/// Reproducible bytes. Source: G. Steele et al., "Fast splittable pseudorandom number generators".
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    mutating func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8(truncatingIfNeeded: next()) }
    }
}

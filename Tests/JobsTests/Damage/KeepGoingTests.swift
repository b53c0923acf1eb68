import Archive
import Foundation
import Storage
import TestSupport
import Testing

@testable import Jobs

/// A damaged archive gives back all that is whole, never a wrong byte, and says what is missing.
@Suite struct KeepGoingTests {
    private let place: Workplace
    private let archive: String
    private let other: String

    init() throws {
        place = try Workplace()
        var random = SeededGenerator(seed: 11)
        try place.write("data/0-small", Array("small\n".utf8))
        try place.write("data/1-large", random.bytes(300_000))
        for number in 10..<30 { try place.write("data/2-\(number)", random.bytes(3_000)) }
        try place.write("data/3-text", Array(String(repeating: "hello\n", count: 30_000).utf8))
        try place.shell(
            """
            ln data/1-large data/4-hard; ln -s nowhere data/5-link; touch data/6-empty
            truncate -s 2M data/7-sparse
            printf mid | dd of=data/7-sparse bs=1 seek=1000000 conv=notrunc
            touch -d '1955-03-04 05:06:07.123456789' data/0-small; chmod 0750 data/3-text
            """)
        let first = try place.run(
            .seal([Source(path: place("data"), name: "data")], into: place("set")))
        archive = try #require(first.archive)
        try place.write("data2/file", random.bytes(400_000))
        let second = try place.run(
            .seal([Source(path: place("data2"), name: "data")], into: place("set")))
        other = try #require(second.archive)
    }

    // MARK: what a restore gives

    private func copy() throws -> String {
        let name = try #require(archive.split(separator: "/").last)
        try place.shell("rm -rf broken; mkdir broken; cp -r \(archive) broken/")
        return place("broken/\(name)")
    }

    private func restore(
        _ path: String, keepsDamaged: Bool = false, replica: String? = nil
    ) throws -> RunSummary {
        try place.shell("rm -rf back")
        var job = Job.restore(path, into: place("back"))
        job.damage = DamagePolicy(
            replica: replica, keepsGoing: true, keepsDamagedFiles: keepsDamaged)
        return try place.run(job)
    }

    private func relative(_ file: DamageReport.File) -> String {
        String(decoding: file.path, as: UTF8.self)
    }

    private func names(_ directory: String) throws -> Set<String> {
        Set(
            try place.shell("cd \(directory) && find data ! -type d").output
                .split(separator: "\n").map(String.init))
    }

    /// Whatever has a name is right but for the reported ranges, and whatever is not reported is there.
    private func check(_ damage: DamageReport, namesLost: Bool, _ comment: String) throws {
        let reported = Dictionary(
            damage.files.map { (relative($0), $0) }, uniquingKeysWith: { first, _ in first })
        let found = try names("back")
        let all = try names(".")
        for name in found {
            #expect(all.contains(name), "\(name) is invented: \(comment)")
            if let file = reported[name], !file.missing.isEmpty {
                var expected = try place.read(name)
                for range in file.missing {
                    expected.replaceSubrange(
                        range, with: [UInt8](repeating: 0, count: range.count))
                }
                #expect(try place.read("back/\(name)") == expected, "\(name): \(comment)")
            }
        }
        if !namesLost {
            #expect(all.subtracting(found).subtracting(reported.keys) == [], "\(comment)")
        }
        let whole = found.subtracting(reported.keys).sorted()
        let list = whole.joined(separator: "\n")
        try place.write("whole", Array((list + "\n").utf8))
        let facts = "xargs -d '\\n' stat -c '%n %F %a %u %g %y %s %N' <\(place("whole")) | sort"
        let now = try place.shell(
            "cd back && \(facts) && xargs -d '\\n' sha256sum <\(place("whole"))"
        ).output
        let then = try place.shell("\(facts) && xargs -d '\\n' sha256sum <\(place("whole"))").output
        #expect(now == then, "\(comment)")
        #expect(try place.shell("find back -name '.sealpipe-*'").output == "")
    }

    private func expectDamage(
        _ path: String, keepsDamaged: Bool = false, namesLost: Bool = false, _ comment: String
    ) throws {
        let summary = try restore(path, keepsDamaged: keepsDamaged)
        #expect(summary.status == .integrity, "\(comment)")
        try check(try #require(summary.damage), namesLost: namesLost, comment)
    }

    private func change(_ file: String, _ body: (inout [UInt8]) throws -> Void) throws {
        var bytes = Array(try Data(contentsOf: URL(fileURLWithPath: file)))
        try body(&bytes)
        try Data(bytes).write(to: URL(fileURLWithPath: file))
    }

    private static let part = "part-00002.tar.zst.esdk"

    // MARK: a matrix

    /// Where in a message each kind of byte is: version, suite, id, context, wrapped key, content type,
    /// commitment, tag of the header; then of the first frame number, IV, text, tag; of the last frame
    /// all of it.
    private static func places(_ header: Int, frame: Int, count: Int) -> [Int] {
        let end = header + frame + 32
        return [0, 1, 5, 40, 90, 200, header - 53, header - 30, header - 5]
            + [header, header + 5, header + 20, end - 1, end + 3]
            + [count - 1, count - 17, count - 25, count - 39]
    }

    @Test(arguments: [part, CatalogWriter.name])
    func `a flipped bit of every kind is found, and costs only what it hits`(name: String) throws {
        let bytes = ScannedFile(named: name, of: try StoredArchive(at: archive))
        let header = try #require(bytes.headerByteCount)
        let isPart = name == Self.part
        for offset in Self.places(header, frame: isPart ? 4096 : 0, count: bytes.byteCount)
        where 0..<bytes.byteCount ~= offset {
            let path = try copy()
            try change("\(path)/\(name)") { $0[offset] ^= 1 }
            try expectDamage(
                path, keepsDamaged: offset % 2 == 0, "\(name) at \(offset), header \(header)")
        }
    }

    @Test func `a part that is cut, repeated or exchanged costs only what it lacks`() throws {
        let part = Self.part
        for script in [
            "truncate -s 0 \(part)", "truncate -s 20000 \(part)", "truncate -s -1 \(part)",
            "echo >>\(part)", "rm \(part)", "cp part-00001.tar.zst.esdk \(part)",
            "cp \(other)/\(part) \(part)", "cp catalog.esdk \(part)",
            "cat \(part) \(part) >x; mv x \(part)",
            "mv part-00001.tar.zst.esdk x; mv \(part) part-00001.tar.zst.esdk; mv x \(part)",
            "mv \(part) renamed", "rm \(part); mkdir \(part)", "rm \(part); mkfifo \(part)",
            "rm part-*",
        ] {
            let path = try copy()
            try place.shell("cd \(path); \(script)")
            try expectDamage(path, script)
        }
    }

    @Test func `a part under another name is read there, and nothing is lost`() throws {
        let path = try copy()
        try place.shell("cd \(path) && mv \(Self.part) renamed")
        let damage = try #require(try restore(path).damage)
        #expect(damage.files == [])
        #expect(damage.places.map(\.reason) == ["lies under the name 'renamed'"])
    }

    @Test func `a damaged header costs nothing`() throws {
        let path = try copy()
        try change("\(path)/\(Self.part)") { bytes in for i in 0..<300 { bytes[i] = 0 } }
        let damage = try #require(try restore(path).damage)
        #expect(damage.fileCount == 0 && damage.placeCount == 1)
        #expect(try place.shell("diff -r --no-dereference data back/data").status == 0)
    }

    @Test(arguments: [
        "rm manifest.json", "truncate -s 100 manifest.json", "cp catalog.esdk manifest.json",
        "sed -i 's/\"frame\" : 4096/\"frame\" : 8192/' manifest.json", "rm catalog.esdk",
        "truncate -s -5 catalog.esdk", "cp part-00001.tar.zst.esdk catalog.esdk",
        "rm catalog.esdk manifest.json",
    ])
    func `without manifest or catalog all is restored`(script: String) throws {
        let path = try copy()
        try place.shell("cd \(path); \(script)")
        let summary = try restore(path)
        #expect(summary.status == .integrity)
        #expect(summary.damage?.fileCount == 0)
        try check(try #require(summary.damage), namesLost: false, script)
        #expect(try place.shell("diff -r --no-dereference data back/data").status == 0)
    }

    @Test(arguments: ["manifest.json", "catalog.esdk"])
    func `the manifest or catalog of another archive is not believed`(name: String) throws {
        let path = try copy()
        try place.shell("cp \(other)/\(name) \(path)/")
        try expectDamage(path, name)
        #expect(try place.shell("diff -r --no-dereference data back/data").status == 0)
    }

    @Test(arguments: ["rm manifest.json", "rm catalog.esdk", "rm manifest.json catalog.esdk"])
    func `without manifest or catalog a damaged part costs what it holds`(script: String) throws {
        for damage in ["rm", "truncate -s 30000"] {
            for number in 0..<4 {
                let path = try copy()
                try place.shell("cd \(path); \(script); \(damage) part-0000\(number).tar.zst.esdk")
                try expectDamage(path, namesLost: true, "\(script); \(damage) \(number)")
            }
        }
    }

    @Test func `a part under two numbers is believed under neither, where nothing tells which`()
        throws
    {
        for number in [0, 3] {
            let path = try copy()
            try place.shell(
                """
                cd \(path); rm manifest.json catalog.esdk
                cp part-00001.tar.zst.esdk part-0000\(number).tar.zst.esdk
                """)
            try expectDamage(path, namesLost: true, "part 1 as \(number)")
        }
    }

    @Test func `every bit of the last frame of a part counts, also where it is empty`() throws {
        var stages = tinyStages
        stages.compression = nil
        let sealed = try place.run(
            .seal([Source(path: place("data"), name: "data")], into: place("plain"), stages: stages)
        )
        let plain = try #require(sealed.archive)
        for offset in [1, 10, 17, 25, 33, 39] {
            try place.shell("rm -rf broken; cp -r \(plain) broken")
            try change(place("broken/part-00001.tar.esdk")) { $0[$0.count - offset] ^= 1 }
            try expectDamage(place("broken"), "\(offset) before the end")
        }
    }

    @Test func `whatever happens to its files, no wrong byte is restored`() throws {
        var random = SeededGenerator(seed: 23)
        for round in rounds(25) {
            let path = try copy()
            var names = try StoredArchive(at: path).names().compactMap(\.text)
                .filter { $0 != "summary.json" }
            names.shuffle(using: &random)
            for name in names.prefix(2) {
                try change("\(path)/\(name)") { bytes in
                    let at = Int.random(in: 0..<bytes.count, using: &random)
                    let end = min(bytes.count, at + Int.random(in: 1...6000, using: &random))
                    switch Int.random(in: 0..<4, using: &random) {
                    case 0: bytes[at] ^= 1
                    case 1: bytes.removeSubrange(at..<end)
                    case 2: bytes.insert(contentsOf: bytes[at..<end], at: at)
                    default: for index in at..<end { bytes[index] = 0 }
                    }
                }
            }
            try expectDamage(
                path, keepsDamaged: round % 2 == 0, namesLost: true, "\(round): \(names.prefix(2))")
        }
    }

    // MARK: holes

    @Test func `a link to a file with a hole is not made, and both are reported`() throws {
        let path = try copy()
        try place.shell("rm \(path)/part-00001.tar.zst.esdk")
        let damage = try #require(try restore(path).damage)
        #expect(damage.files.map(relative) == ["data/1-large", "data/4-hard"])
        #expect(damage.files.allSatisfy { !$0.isKept })
        #expect(damage.files[0].missingByteCount > 60_000)
        #expect(try place.shell("ls back/data/1-large back/data/4-hard").status != 0)
    }

    @Test func `an older file is not linked in the place of one that is lost`() throws {
        let path = try copy()
        try place.shell("rm \(path)/part-00001.tar.zst.esdk")
        try place.write("back/data/1-large", [1, 2, 3])
        var job = Job.restore(path, into: place("back"), overwrite: .replace)
        job.damage = DamagePolicy(keepsGoing: true)
        #expect(try place.run(job).status == .integrity)
        #expect(try place.read("back/data/1-large") == [1, 2, 3])
        #expect(try place.shell("ls back/data/4-hard").status != 0)
    }

    // MARK: replicas

    @Test func `what a replica has is restored, and the run succeeds`() throws {
        try place.shell("cp -r set copies")
        for replica in ["copies", "copies/\(try #require(archive.split(separator: "/").last))"] {
            let path = try copy()
            try place.shell("cd \(path); rm \(Self.part) catalog.esdk; truncate -s 9 manifest.json")
            try change("\(path)/part-00001.tar.zst.esdk") { $0[9000] ^= 1 }
            let summary = try restore(path, replica: place(replica))
            #expect(summary.status == .done)
            let damage = try #require(summary.damage)
            #expect(damage.isHealed && damage.placeCount == 4)
            #expect(damage.places.allSatisfy { $0.isInReplica == true })
            #expect(try place.shell("diff -r --no-dereference data back/data").status == 0)
        }
    }

    @Test func `two damaged copies make a whole one, frame by frame`() throws {
        try place.shell("cp -r set copies")
        let path = try copy()
        let name = try #require(archive.split(separator: "/").last)
        try change("\(path)/\(Self.part)") { $0[9000] ^= 1 }
        try change(place("copies/\(name)/\(Self.part)")) { $0[30_000] ^= 1 }
        #expect(try restore(path, replica: place("copies")).status == .done)
        #expect(try place.shell("diff -r --no-dereference data back/data").status == 0)
        try change(place("copies/\(name)/\(Self.part)")) { $0[9000] ^= 1 }
        let summary = try restore(path, replica: place("copies"))
        #expect(summary.status == .integrity)
        #expect(summary.damage?.places.first?.isInReplica == false)
    }

    @Test func `a replica without keep-going is used, and damage it has too ends the run`() throws {
        try place.shell("cp -r set copies")
        let path = try copy()
        try place.shell("rm \(path)/\(Self.part)")
        var job = Job.restore(path, into: place("back"))
        job.damage.replica = place("copies")
        #expect(try place.run(job).status == .done)
        try place.shell("rm -r back copies/*/\(Self.part)")
        #expect(throws: JobError.self) { try place.run(job) }
    }

    @Test func `another archive is no replica`() throws {
        let path = try copy()
        #expect(throws: JobError.self) { try restore(path, replica: other) }
    }

    // MARK: verification

    private func verify(_ path: String, replica: String? = nil) throws -> DamageReport {
        try ArchiveVerifier(
            at: path, withKey: true, replica: replica, environment: place.environment,
            progress: RunProgress()
        ).run().found
    }

    @Test func `a verification reports the files that a restore lacks`() throws {
        for script in [
            "rm \(Self.part)", "truncate -s 40000 part-00001.tar.zst.esdk",
            "rm manifest.json \(Self.part)",
        ] {
            let path = try copy()
            try place.shell("cd \(path); \(script)")
            let restored = try #require(try restore(path).damage)
            let verified = try verify(path)
            #expect(verified.placeCount >= restored.placeCount)
            let files = restored.files.filter { !$0.missing.isEmpty }
            #expect(verified.files.map(\.path) == files.map(\.path), "\(script)")
            #expect(verified.files.map(\.missing) == files.map(\.missing), "\(script)")
        }
        #expect(try verify(archive).isEmpty)
    }

    @Test func `a verification says what a replica has`() throws {
        try place.shell("cp -r set copies")
        let path = try copy()
        try change("\(path)/\(Self.part)") { $0[9000] ^= 1 }
        let healed = try verify(path, replica: place("copies"))
        #expect(healed.placeCount == 1 && healed.isHealed && healed.fileCount == 0)
        try place.shell("rm copies/*/\(Self.part)")
        let lost = try verify(path, replica: place("copies"))
        #expect(lost.places.first?.isInReplica == false && lost.fileCount > 0)
    }
}

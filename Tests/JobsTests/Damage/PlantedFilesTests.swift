import Archive
import Envelope
import Foundation
import LibCrypto
import OKMS
import Storage
import TestSupport
import Testing

@testable import Jobs

/// Whoever may put files beside an archive's own, but not change those, changes nothing of what is
/// restored: not which archive it is, nor what of it is found.
@Suite struct PlantedFilesTests {
    private let place: Workplace
    private let archive: String
    /// Another archive under the same key, of more parts.
    private let old: String
    private static let part = "part-00001.tar.zst.esdk"

    init() throws {
        place = try Workplace()
        var random = SeededGenerator(seed: 3)
        try place.write("old/data/file", random.bytes(1_000_000))
        try place.write("new/data/file", random.bytes(200_000))
        try place.write("new/data/small", Array("small\n".utf8))
        let first = try place.run(
            .seal([Source(path: place("old/data"), name: "data")], into: place("set")))
        old = try #require(first.archive)
        let second = try place.run(
            .seal([Source(path: place("new/data"), name: "data")], into: place("set")))
        archive = try #require(second.archive)
        try place.shell("cp -r set copies")
    }

    // MARK: what is planted

    /// A header that is well-formed and no more, followed by nothing.
    private func forgedHeader(_ message: String, keys count: Int = 8) throws -> [UInt8] {
        let id = try #require(MessageID(hexadecimal: message))
        let keys = try MessageKeys.derive(from: .random(count: 32), messageID: id)
        let own = try header(of: CatalogWriter.name)
        let wrapped = own.claims.wrappedKeys[0]
        let forged = try (0..<count).map { number in
            try #require(
                WrappedKey(
                    providerID: wrapped.providerID, providerInfo: wrapped.providerInfo,
                    ciphertext: randomBytes(count: 150 + number)))
        }
        return try MessageHeader(
            keys: keys, context: own.claims.context, wrappedKeys: forged, frameByteCount: 4096
        ).serialized(with: keys)
    }

    private func header(of name: String) throws -> UnverifiedHeader {
        let stored = try StoredArchive(at: archive)
        return try ScannedFile(named: name, of: stored).header(in: stored)
    }

    private func message(_ name: String) throws -> String {
        try header(of: name).claims.messageID.description
    }

    private func plant(_ bytes: [UInt8], as name: String) throws {
        try Data(bytes).write(to: URL(fileURLWithPath: "\(archive)/\(name)"))
    }

    // MARK: what comes of it

    private func restore(replica: String? = nil) throws -> RunSummary {
        try place.shell("rm -rf back")
        var job = Job.restore(archive, into: place("back"))
        job.damage = DamagePolicy(replica: replica, keepsGoing: true)
        return try place.run(job)
    }

    private func verify() throws -> DamageReport {
        try ArchiveVerifier(
            at: archive, withKey: true, environment: place.environment, progress: RunProgress()
        ).run().found
    }

    private func expectWhole(_ comment: String = "") throws {
        for replica in [nil, place("copies")] {
            let summary = try restore(replica: replica)
            #expect(summary.status == .done, "\(comment)")
            #expect(summary.damage?.places == [], "\(comment)")
            #expect(summary.damage?.files == [], "\(comment)")
            #expect(summary.entries == 3, "\(comment)")
            #expect(try place.shell("diff -r new/data back/data").output == "", "\(comment)")
        }
        let found = try verify()
        #expect(found.files == [], "\(comment)")
        #expect(
            found.places.allSatisfy { $0.reason == "does not belong to the archive" },
            "\(found.places)")
    }

    @Test(arguments: ["part-0000", "x-", "a-"])
    func `the parts of another archive do not make it that one`(prefix: String) throws {
        for number in 2..<9 {
            try place.shell(
                "cp \(old)/part-0000\(number).tar.zst.esdk \(archive)/\(prefix)\(number).tar.zst.esdk"
            )
        }
        try expectWhole(prefix)
    }

    @Test func `the manifest of the archive counts also where its headers are few`() throws {
        try place.shell(
            """
            for number in 2 3 4 5 6 7; do
                cp \(old)/part-0000$number.tar.zst.esdk \(archive)/
            done
            rm \(archive)/part-00000* \(archive)/catalog.esdk
            """)
        let summary = try restore()
        #expect(summary.damage?.notices.contains { $0.contains("manifest") } == false)
        #expect(try place.shell("cmp old/data/file back/data/file").status != 0)
        #expect(try restore(replica: place("copies")).status == .done)
        #expect(try place.shell("diff -r new/data back/data").output == "")
    }

    @Test func `without a manifest the archive is the one that most messages are of`() throws {
        try place.shell(
            """
            rm \(archive)/manifest.json
            for number in 1 2 3 4 5 6; do cp \(old)/catalog.esdk \(archive)/x-$number; done
            """)
        let summary = try restore()
        #expect(summary.damage?.files == [])
        #expect(try place.shell("diff -r new/data back/data").output == "")
    }

    @Test func `headers that are not authentic move no frames`() throws {
        let catalog = try message(CatalogWriter.name)
        for number in 0..<12 { try plant(try forgedHeader(catalog), as: "x-\(number)") }
        try expectWhole()
    }

    @Test func `files with the header of a part do not hide the part`() throws {
        let id = try message(Self.part)
        let own = try header(of: Self.part)
        for number in 0..<6 {
            try plant(try forgedHeader(id), as: "a-\(number)")
            try place.shell(
                "head -c \(own.byteCount) \(archive)/\(Self.part) >\(archive)/b-\(number)")
        }
        try expectWhole()
        try place.shell("mv \(archive)/\(Self.part) \(archive)/z")
        let damage = try #require(try restore().damage)
        #expect(damage.files == [])
        #expect(damage.places.map(\.reason) == ["lies under the name 'z'"])
        #expect(try place.shell("diff -r new/data back/data").output == "")
    }

    @Test func `names that are no UTF-8, or the same text, are strangers`() throws {
        try place.shell(
            """
            for set in \(archive) copies/\(try #require(archive.split(separator: "/").last)); do
                for name in '\\377' '\\376' '\\303\\251' 'e\\314\\201'; do
                    cp \(old)/catalog.esdk "$set/$(printf "$name").esdk"
                done
            done
            """)
        try expectWhole()
        #expect(try verify().places.count == 4)
    }

    // MARK: calls

    private func calls() throws -> Int {
        let trail = try place.shell("cat okms/audit*.log okms/audit/*.log 2>/dev/null").output
        return trail.split(separator: "\n").count { $0.contains("\"Decrypt\"") }
    }

    @Test func `the key service is asked few times, whatever keys are claimed`() throws {
        for number in 0..<60 {
            try plant(
                try forgedHeader(MessageID.random().description, keys: 2), as: "part-1\(number)")
        }
        let before = try calls()
        #expect(try restore().status == .done)
        #expect(try calls() - before == 1)
        try place.shell("rm \(archive)/manifest.json")
        let sealed = try calls()
        #expect(try restore().damage?.files == [])
        #expect(1...7 ~= (try calls() - sealed))
    }

    // MARK: manifests

    @Test(arguments: [
        ("rm manifest.json", "is missing"),
        ("sed -i 's/\"test\"/\"tess\"/' manifest.json", "was changed after it was written"),
        ("cp $OLD/manifest.json .", "is another archive's"),
        ("truncate -s 9 manifest.json", "is not the manifest of an archive"),
    ])
    func `what became of a manifest is said`(script: String, reason: String) throws {
        try place.shell("OLD=\(old); cd \(archive); \(script)")
        let damage = try #require(try restore().damage)
        #expect(damage.files == [])
        #expect(damage.places.count == 1 && damage.places[0].reason.hasPrefix(reason))
        #expect(
            damage.notices.contains { $0.hasPrefix("the manifest was rebuilt, for it \(reason)") })
        #expect(try place.shell("diff -r new/data back/data").output == "")
    }
}

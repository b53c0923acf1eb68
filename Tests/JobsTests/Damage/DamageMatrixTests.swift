import Foundation
import TestSupport
import Testing

@testable import Jobs

/// Every field of part, catalog and manifest, changed in every way, met by every command that opens: found
/// each time, and no wrong byte written.
///
/// Here a part of the combinations, at equal distances; `make torture` takes every one.
@Suite struct DamageMatrixTests {
    private let place: Workplace
    private let archive: String
    private let other: String
    private let files: [String: [UInt8]]

    init() throws {
        place = try Workplace()
        var random = SeededGenerator(seed: 41)
        try place.write("data/0-small", Array("small\n".utf8))
        try place.write("data/1-large", random.bytes(190_000))
        try place.write("data/2-text", Array(String(repeating: "hello\n", count: 20_000).utf8))
        archive = try Self.seal(place)
        let names = ["0-small", "1-large", "2-text"]
        var files: [String: [UInt8]] = [:]
        for name in names { files["data/\(name)"] = try place.read("data/\(name)") }
        self.files = files
        // Of the same shape, with other bytes.
        try place.write("data/1-large", random.bytes(190_000))
        other = try Self.seal(place)
    }

    private static func seal(_ place: Workplace) throws -> String {
        let source = Source(path: place("data"), name: "data")
        return try #require(try place.run(.seal([source], into: place("set"))).archive)
    }

    enum Change: CaseIterable { case flipFirst, flipMiddle, flipLast, cut, repeated, exchanged }
    enum Command: CaseIterable { case verify, restore, keepGoing }

    private struct Case {
        let file: String
        let piece: (name: String, range: Range<Int>)
        let change: Change
        let command: Command
        var description: String { "\(piece.name) of \(file), \(change), \(command)" }
    }

    private func bytes(_ file: String, of archive: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(fileURLWithPath: "\(archive)/\(file)")))
    }

    private func pieces(
        _ file: String, of archive: String
    ) throws -> [(name: String, range: Range<Int>)] {
        let bytes = try bytes(file, of: archive)
        return file == "manifest.json"
            ? ManifestPieces(of: bytes).pieces
            : MessagePieces(
                of: bytes, frameByteCount: tinyStages.encryption?.frameByteCount ?? 0
            ).pieces
    }

    /// The file with one piece changed; nil where that changes nothing.
    private func damaged(_ item: Case) throws -> [UInt8]? {
        let whole = try bytes(item.file, of: archive)
        var changed = whole
        let range = item.piece.range
        guard !range.isEmpty else { return nil }
        switch item.change {
        case .flipFirst: changed[range.lowerBound] ^= 1
        case .flipMiddle: changed[(range.lowerBound + range.upperBound) / 2] ^= 4
        case .flipLast: changed[range.upperBound - 1] ^= 2
        case .cut: changed.removeSubrange(range)
        case .repeated: changed.insert(contentsOf: whole[range], at: range.upperBound)
        case .exchanged:
            let foreign = try pieces(item.file, of: other).first { $0.name == item.piece.name }
            guard let foreign else { return nil }
            changed.replaceSubrange(range, with: try bytes(item.file, of: other)[foreign.range])
        }
        return changed == whole ? nil : changed
    }

    @Test func `whatever is changed is found, and no wrong byte is written`() throws {
        var all: [Case] = []
        for file in ["part-00001.tar.zst.esdk", "catalog.esdk", "manifest.json"] {
            for piece in try pieces(file, of: archive) {
                for change in Change.allCases {
                    for command in Command.allCases {
                        all.append(
                            Case(file: file, piece: piece, change: change, command: command))
                    }
                }
            }
        }
        var unchanged = 0
        for item in Torture.part("damages", of: all, short: 120) {
            guard let changed = try damaged(item) else {
                unchanged += 1
                continue
            }
            let url = URL(fileURLWithPath: "\(archive)/\(item.file)")
            let whole = try Data(contentsOf: url)
            try Data(changed).write(to: url)
            defer { try? whole.write(to: url) }
            try meet(item)
        }
        print("damages that change nothing: \(unchanged)")
    }

    private func meet(_ item: Case) throws {
        try? FileManager.default.removeItem(atPath: place("back"))
        var job = Job.restore(archive, into: place("back"))
        switch item.command {
        case .verify:
            do {
                let found = try ArchiveVerifier(
                    at: archive, withKey: true, environment: place.environment,
                    progress: RunProgress()
                ).run().found
                #expect(found.placeCount > 0, "\(item.description)")
            } catch {
                #expect(error.status == .integrity, "\(item.description): \(error)")
            }
        case .restore:
            let error = #expect(throws: JobError.self, "\(item.description)") { try place.run(job) }
            #expect(
                error?.status == .integrity, "\(item.description): \(String(describing: error))")
            try expectNothingWrong(but: [], item)
        case .keepGoing:
            job.damage = DamagePolicy(keepsGoing: true, keepsDamagedFiles: true)
            let summary = try place.run(job)
            #expect(summary.status == .integrity, "\(item.description)")
            let damage = try #require(summary.damage, "\(item.description)")
            #expect(damage.placeCount > 0, "\(item.description)")
            try expectNothingWrong(but: damage.files, item)
        }
    }

    /// Whatever has a name holds what was sealed, with zeroes where something is reported as missing.
    private func expectNothingWrong(but damaged: [DamageReport.File], _ item: Case) throws {
        let walker = FileManager.default.enumerator(atPath: place("back"))
        while let name = walker?.nextObject() as? String {
            guard walker?.fileAttributes?[.type] as? FileAttributeType == .typeRegular else {
                continue
            }
            // The journal for a restore that goes on.
            if name.hasPrefix(".sealpipe-") { continue }
            var expected = try #require(files[name], "\(name) is invented: \(item.description)")
            for file in damaged where String(decoding: file.path, as: UTF8.self) == name {
                for range in file.missing {
                    expected.replaceSubrange(
                        range, with: [UInt8](repeating: 0, count: range.count))
                }
            }
            #expect(try place.read("back/\(name)") == expected, "\(name): \(item.description)")
        }
    }
}

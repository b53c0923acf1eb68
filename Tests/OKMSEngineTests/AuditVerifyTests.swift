import FoundationEssentials
import LibCrypto
import OKMS
import Testing

@testable import OKMSEngine

/// What verifying finds, and what it forgives.
@Suite struct AuditVerifyTests {
    private func withTrail(
        segmentByteCount: Int = 1 << 20, _ body: (_ directory: String, [Data]) throws -> Void
    ) throws {
        try withTemporaryDirectory { directory in
            let trail = AuditTrail(
                directory: directory, segmentByteCount: segmentByteCount, now: { 1_767_323_045 })
            let key = KeyARN(region: "eu-west-2", account: .random(), key: try .random())
            for number in 0..<4 {
                try trail.record(
                    AuditRecord(
                        requestID: "\(number)", account: key.account, accessKeyID: "AKID",
                        action: "Decrypt", key: key, context: EncryptionContext([("a", "b")]),
                        outcome: "ok", source: "127.0.0.1"))
            }
            let text = try Data(contentsOf: URL(filePath: directory + "/audit.log"))
            let lines = text.split(separator: 0x0a).map { Data($0) }
            try body(directory, lines)
        }
    }

    private func verify(_ bytes: Data, in directory: String) throws -> AuditReport {
        try bytes.write(to: URL(filePath: directory + "/audit.log"))
        return try AuditTrail.verify(directory: directory)
    }

    private func verify(_ lines: [Data], in directory: String) throws -> AuditReport {
        try verify(Data(lines.map { $0 + [0x0a] }.joined()), in: directory)
    }

    @Test func `a trail that nobody touched is intact, an empty one too`() throws {
        try withTrail { directory, lines in
            let report = try verify(lines, in: directory)
            #expect(report.isIntact)
            #expect(report.recordCount == 4)
            #expect(report.lastSequence == 4)
            #expect(report.tornByteCount == 0)
            let last = String(decoding: lines[3], as: UTF8.self)
            #expect(last.hasSuffix(#""hash":"\#(report.lastHash)"}"#))
        }
        try withTemporaryDirectory { directory in
            let report = try AuditTrail.verify(directory: directory)
            #expect(report.isIntact)
            #expect(report.recordCount == 0)
        }
    }

    /// In the middle and at the end, where no later line vouches for it.
    @Test(arguments: [1, 3])
    func `every bit of a line counts`(index: Int) throws {
        try withTrail { directory, lines in
            for byte in lines[index].indices {
                var altered = lines
                altered[index][byte] ^= 1 << UInt8(byte % 7)
                let report = try verify(altered, in: directory)
                #expect(!report.isIntact || report.tornByteCount > 0, "byte \(byte)")
            }
        }
    }

    @Test func `an added and a removed byte are found everywhere`() throws {
        try withTrail { directory, lines in
            let whole = Data(lines.map { $0 + [0x0a] }.joined())
            for offset in stride(from: 0, to: whole.count - 1, by: 3) {
                var longer = whole
                longer.insert(0x20, at: offset)
                let added = try verify(longer, in: directory)
                #expect(!added.isIntact, "at \(offset)")
                var shorter = whole
                shorter.remove(at: offset)
                let removed = try verify(shorter, in: directory)
                #expect(!removed.isIntact, "at \(offset)")
            }
        }
    }

    @Test func `a removed line is missed by its number`() throws {
        try withTrail { directory, lines in
            let report = try verify([lines[0], lines[2], lines[3]], in: directory)
            #expect(report.problems.map(\.kind) == [.missing(from: 2, to: 2)])
            #expect(
                report.problems.first?.description
                    == "audit.log:2: record 2 is missing before it")
            let beheaded = try verify(Array(lines.dropFirst(2)), in: directory)
            #expect(beheaded.problems.map(\.kind) == [.missing(from: 1, to: 2)])
        }
    }

    @Test func `lines that changed places or stand twice are found`() throws {
        try withTrail { directory, lines in
            let swapped = try verify([lines[0], lines[2], lines[1], lines[3]], in: directory)
            #expect(!swapped.isIntact)
            let twice = try verify(lines + [lines[3]], in: directory)
            #expect(twice.problems.map(\.kind) == [.outOfOrder(sequence: 4)])
        }
    }

    @Test func `a line of another trail, or one made anew, is found by what follows it`() throws {
        try withTrail { directory, lines in
            var forged: [UInt8] = []
            _ = AuditLine.append(
                Array(#"","time":"2026-01-02T03:04:05.000000Z","outcome":"ok""#.utf8), sequence: 2,
                previous: try #require(AuditLine(Array(lines[0])[...])).hash, to: &forged)
            let report = try verify(
                [lines[0], Data(forged.dropLast()), lines[2], lines[3]], in: directory)
            #expect(report.problems.map(\.kind) == [.unchained(sequence: 3)])
            #expect(report.problems.first?.line == 3)
        }
    }

    @Test func `every torn end is told, forgiven, and cut off by the next record`() throws {
        try withTrail { directory, lines in
            let whole = Data(lines.map { $0 + [0x0a] }.joined())
            let last = lines[3].count + 1
            for count in stride(from: 1, to: last, by: 7) {
                let report = try verify(Data(whole.dropLast(last - count)), in: directory)
                #expect(report.isIntact)
                #expect(report.tornByteCount == count)
                #expect(report.lastSequence == 3)
                let trail = AuditTrail(
                    directory: directory, segmentByteCount: 1 << 20, now: { 1_767_323_046 })
                try trail.record(
                    AuditRecord(
                        requestID: "after", account: nil, accessKeyID: nil, action: "x", key: nil,
                        outcome: "ok", source: nil))
                let after = try AuditTrail.verify(directory: directory)
                #expect(after.isIntact)
                #expect(after.tornByteCount == 0)
                #expect(after.lastSequence == 4)
            }
        }
    }

    @Test func `a segment that is missing, or cut off in the middle of the trail, is found`() throws
    {
        try withTrail(segmentByteCount: 600) { directory, _ in
            let second = URL(filePath: directory + "/audit-002.log")
            #expect(try AuditTrail.verify(directory: directory).isIntact)
            let bytes = try Data(contentsOf: second)
            try Data(bytes.dropLast(5)).write(to: second)
            #expect(try AuditTrail.verify(directory: directory).problems.first?.kind == .cutOff)
            try Data().write(to: second)
            #expect(
                try AuditTrail.verify(directory: directory).problems.map(\.kind)
                    == [.missing(from: 2, to: 2)])
            try FileManager.default.removeItem(at: second)
            let without = try AuditTrail.verify(directory: directory)
            #expect(!without.isIntact)
        }
    }

    @Test func `no more than a hundred problems are listed`() throws {
        try withTemporaryDirectory { directory in
            let report = try verify(Data([UInt8](repeating: 0x0a, count: 1000)), in: directory)
            #expect(report.problems.count == 100)
        }
    }

    @Test(arguments: [true, false])
    func `a trail that was taken away is missed, one that never was is not`(
        isEmptied: Bool
    ) throws {
        try withTemporaryDirectory { directory in
            let url = URL(filePath: directory + "/audit.log")
            let clock = TestClock()
            let engine = try OKMSEngine(store: directory, settings: clock.settings)
            #expect(try AuditTrail.verify(directory: directory).isIntact)
            _ = try engine.service().describeKey(.accountDefault)
            #expect(try AuditTrail.verify(directory: directory).isIntact)
            if isEmptied {
                try Data().write(to: url)
            } else {
                try FileManager.default.removeItem(at: url)
            }
            let report = try AuditTrail.verify(directory: directory)
            #expect(report.problems.map(\.kind) == [.gone])
            // Another one that was begun since does not hide it.
            clock.advance(days: 0.01)
            _ = try OKMSEngine(store: directory, settings: clock.settings).service()
                .describeKey(.accountDefault)
            let anew = try AuditTrail.verify(directory: directory)
            #expect(anew.problems.map(\.kind) == [.begunAnew])
        }
    }
}

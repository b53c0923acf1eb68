import FoundationEssentials
import Glibc
import OKMS
import Testing

@testable import OKMSEngine

/// A writer that runs sees what was taken from its trail, and what rightfully changed.
@Suite struct AuditLossTests {
    private static let segmentByteCount = 1 << 20

    private func trail(_ directory: String, segmentByteCount: Int = segmentByteCount) -> AuditTrail
    {
        AuditTrail(directory: directory, segmentByteCount: segmentByteCount, now: { 1_767_323_045 })
    }

    private func record(_ request: String) -> AuditRecord {
        AuditRecord(
            requestID: request, account: nil, accessKeyID: nil, action: "Decrypt", key: nil,
            outcome: "ok", source: nil)
    }

    /// Writes three records, does something to the open segment, and expects that no more are taken
    /// until it is undone.
    private func expectDamage(_ body: (_ path: String, _ bytes: Data) throws -> Void) throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/audit.log"
            let trail = trail(directory)
            for number in 1...3 { try trail.record(record("\(number)")) }
            let bytes = try Data(contentsOf: URL(filePath: path))
            try body(path, bytes)
            let damage = AuditError.damaged(
                path: path, reason: "its last record is gone or was changed")
            #expect(throws: damage) { try trail.record(record("4")) }
            #expect(throws: damage) { try trail.record(record("4")) }
        }
    }

    /// As a shell's `>` would: the file stays the same one.
    private func write(_ bytes: Data, to path: String) throws {
        let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        let count = unsafe bytes.withUnsafeBytes {
            unsafe Glibc.write(descriptor, $0.baseAddress, $0.count)
        }
        try #require(count == bytes.count)
    }

    @Test func `records cut off the end are missed`() throws {
        try expectDamage { path, bytes in
            let lines = bytes.split(separator: 0x0a)
            try write(bytes.prefix(lines[0].count + lines[1].count + 2), to: path)
        }
        try expectDamage { path, _ in try write(Data(), to: path) }
    }

    @Test func `a trail that has vanished is missed, and taken when it is back`() throws {
        try expectDamage { path, _ in try FileManager.default.removeItem(atPath: path) }
        try withTemporaryDirectory { directory in
            let path = directory + "/audit.log"
            let trail = trail(directory)
            try trail.record(record("1"))
            try FileManager.default.moveItem(atPath: path, toPath: path + ".away")
            #expect(throws: AuditError.self) { try trail.record(record("2")) }
            #expect(!FileManager.default.fileExists(atPath: path))
            try FileManager.default.moveItem(atPath: path + ".away", toPath: path)
            try trail.record(record("2"))
            #expect(try AuditTrail.verify(directory: directory).lastSequence == 2)
        }
    }

    @Test func `another file in the trail's place is the trail only if it is a copy`() throws {
        try expectDamage { path, bytes in
            try FileManager.default.moveItem(atPath: path, toPath: path + ".away")
            try write(bytes.dropLast(1), to: path)
        }
        try withTemporaryDirectory { directory in
            let path = directory + "/audit.log"
            let trail = trail(directory)
            try trail.record(record("1"))
            let bytes = try Data(contentsOf: URL(filePath: path))
            try FileManager.default.removeItem(atPath: path)
            for _ in 0..<3 { #expect(throws: AuditError.self) { try trail.record(record("2")) } }
            #expect(!FileManager.default.fileExists(atPath: path))
            try write(bytes, to: path)
            try trail.record(record("2"))
            #expect(try AuditTrail.verify(directory: directory).lastSequence == 2)
        }
    }

    @Test func `an edit of the last record that keeps its length is seen`() throws {
        for index in [20, 100] {
            try expectDamage { path, bytes in
                var bytes = bytes
                bytes[bytes.count - 67 - index] ^= 1
                try write(bytes, to: path)
            }
        }
    }

    @Test func `the last record replaced by another of its length is seen`() throws {
        try expectDamage { path, bytes in
            var other: [UInt8] = []
            let lines = bytes.split(separator: 0x0a)
            let second = try #require(AuditLine(Array(lines[1])[...]))
            _ = AuditLine.append(
                record("9").lineBody(at: 1_767_323_045), sequence: 3, previous: second.hash,
                to: &other)
            try #require(other.count == lines[2].count + 1)
            try write(bytes.dropLast(other.count) + other, to: path)
        }
    }

    @Test func `another writer may close the segment and begin the next one`() throws {
        try withTemporaryDirectory { directory in
            let (one, other) = (
                trail(directory, segmentByteCount: 1500), trail(directory, segmentByteCount: 1500)
            )
            try one.record(record("1"))
            // Some segments later, at the beginning, in the middle and at the end of one.
            for round in 0..<12 {
                for number in 0..<round { try other.record(record("\(round) \(number)")) }
                try one.record(record("\(round)"))
            }
            let report = try AuditTrail.verify(directory: directory)
            #expect(report.problems == [])
            #expect(report.recordCount == 1 + 66 + 12)
            #expect(report.segmentCount > 10)
            // A crash of the other one before it has made the next segment.
            try FileManager.default.moveItem(
                atPath: directory + "/audit.log", toPath: directory + "/audit-099.log")
            try one.record(record("last"))
            #expect(try AuditTrail.verify(directory: directory).lastSequence == 80)
        }
    }

    @Test func `a segment that was closed and then cut is missed`() throws {
        try withTemporaryDirectory { directory in
            let trail = trail(directory)
            for number in 1...2 { try trail.record(record("\(number)")) }
            let closed = directory + "/audit-001.log"
            try FileManager.default.moveItem(atPath: directory + "/audit.log", toPath: closed)
            let bytes = try Data(contentsOf: URL(filePath: closed))
            try write(bytes.prefix(bytes.split(separator: 0x0a)[0].count + 1), to: closed)
            #expect(throws: AuditError.self) { try trail.record(record("3")) }
        }
    }
}

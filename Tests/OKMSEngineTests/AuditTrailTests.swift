import Locking
import Dispatch
import FoundationEssentials
import LibCrypto
import OKMS
import OKMSConformance
import Testing

@testable import OKMSEngine

/// What is recorded, when, and in which files.
@Suite struct AuditTrailTests {
    private let clock = TestClock()

    private func lines(_ directory: String) throws -> [String] {
        var lines: [String] = []
        try AuditTrail.read(directory: directory) {
            lines.append(String(decoding: $0, as: UTF8.self))
        }
        return lines
    }

    private func record(_ request: String, source: String? = nil) -> AuditRecord {
        AuditRecord(
            requestID: request, account: nil, accessKeyID: nil, action: "Decrypt", key: nil,
            outcome: "ThrottlingException", source: source)
    }

    @Test func `a call leaves one line that tells all about it`() throws {
        try withTemporaryDirectory { directory in
            let engine = try OKMSEngine(store: directory, settings: clock.settings)
            let id = try engine.createAccessKey(for: engine.defaultAccount).id
            let service = try engine.service(
                for: engine.defaultAccount,
                caller: Caller(requestID: "r-1", accessKeyID: id, source: "127.0.0.1"))
            let context = try EncryptionContext([("data\"set", "orders\n"), ("é", "\\")])
            let made = try service.generateDataKey(
                byteCount: 32, under: .accountDefault, context: context)
            let line = try #require(lines(directory).last)
            let account = engine.defaultAccount.description
            let key = made.wrapped.key.description
            let start = #"{"sequence":2,"previous":""#
            var expected = #","time":"2026-01-02T03:04:05.250000Z","request":"r-1""#
            expected += #","account":"\#(account)","access_key":"\#(id)""#
            expected += #","action":"GenerateDataKey","key":"\#(key)""#
            expected += #","context":{"data\"set":"orders\u000a","é":"\\"},"outcome":"ok""#
            expected += #","source":"127.0.0.1","hash":""#
            #expect(line.hasPrefix(start))
            #expect(line.contains(expected))
            let secret = Data(bytes(made.plaintext)).base64EncodedString()
            #expect(!line.contains(secret))
            let members = try JSONDecoder().decode([String: AnyJSON].self, from: Data(line.utf8))
            #expect(members.count == 12)
        }
    }

    @Test func `a refused call is recorded with its code, and a key only if it is the account's`()
        throws
    {
        try withTemporaryDirectory { directory in
            let service = try OKMSEngine(store: directory).service()
            let key = try service.createKey(description: "").arn
            try service.disableKey(.arn(key))
            expect(.disabled) {
                try service.encrypt(secret([1]), under: .arn(key), context: .empty)
            }
            #expect(
                try lines(directory).last?.contains(
                    #""action":"Encrypt","key":"\#(key)","context":{},"outcome":"DisabledException""#
                )
                    == true)
            let missing = try #require(unknownKey)
            expect(.notFound) { try service.describeKey(.id(missing)) }
            #expect(
                try lines(directory).last?.contains(
                    #""action":"DescribeKey","key":null,"context":{},"outcome":"NotFoundException""#
                )
                    == true)
        }
    }

    @Test func `a re-encryption is recorded with both keys and contexts`() throws {
        try withTemporaryDirectory { directory in
            let service = try OKMSEngine(store: directory).service()
            let old = try EncryptionContext([("a", "1")])
            let key = try service.createKey(description: "").arn
            let blob = try service.encrypt(secret([1]), under: .accountDefault, context: old)
            _ = try service.reEncrypt(
                blob.ciphertext, from: nil, context: old, under: .arn(key), context: .empty)
            #expect(
                try lines(directory).last?.contains(
                    #""key":"\#(key)","context":{},"source_key":"\#(blob.key)","#
                        + #""source_context":{"a":"1"},"outcome":"ok""#) == true)
        }
    }

    @Test func `a context that is no UTF-8 is written in base64, a long text is cut`() throws {
        let context = try EncryptionContext([(key: [0xff], value: [0x00])])
        let record = AuditRecord(
            requestID: String(repeating: "é", count: 1000), account: nil, accessKeyID: nil,
            action: "x", key: nil, context: context, outcome: "ok", source: nil)
        let line = String(decoding: record.lineBody(at: 0), as: UTF8.self)
        #expect(line.contains(#""context_base64":"AAEAAf8AAQA=""#))
        #expect(line.utf8.count < 1000)
    }

    @Test func `names of unknown members are written, few and short`() throws {
        func text(_ unknown: [String]) -> String {
            let record = AuditRecord(
                requestID: "r", account: nil, accessKeyID: nil, action: "x", key: nil,
                outcome: "ok", source: nil, unknownMembers: unknown)
            return String(decoding: record.lineBody(at: 0), as: UTF8.self)
        }
        #expect(text([]).hasSuffix(#""source":null"#))
        #expect(text(["New\"", "b"]).hasSuffix(#""source":null,"unknown_members":["New\"","b"]"#))
        let many = text((0..<5000).map { "\($0)" + String(repeating: "n", count: 1000) })
        #expect(many.utf8.count < 5000 && many.hasSuffix("…\"]"))
    }

    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00.000000Z"), (951_782_400.5, "2000-02-29T00:00:00.500000Z"),
            (1_767_323_045.25, "2026-01-02T03:04:05.250000Z"), (-1, "1969-12-31T23:59:59.000000Z"),
            (4_107_542_399, "2100-02-28T23:59:59.000000Z"),
            (4_107_542_400, "2100-03-01T00:00:00.000000Z"),
        ] as [(Double, String)])
    func `a time is written in UTC`(seconds: Double, text: String) {
        #expect(String(decoding: AuditTime.text(seconds), as: UTF8.self) == text)
    }

    @Test func `lines are read by the range of their times`() throws {
        try withTemporaryDirectory { directory in
            let trail = AuditTrail(
                directory: directory, segmentByteCount: 1000, now: { clock.now })
            let start = clock.now
            for number in 0..<5 {
                try trail.record(record("\(number)"))
                clock.advance(days: 1)
            }
            var requests: [String] = []
            try AuditTrail.read(
                directory: directory, from: start + 86_400, to: start + 3 * 86_400
            ) { line in
                let text = String(decoding: line, as: UTF8.self)
                let request = try #require(text.split(separator: #""request":""#).last?.first)
                requests.append(String(request))
            }
            #expect(requests == ["1", "2"])
        }
    }

    @Test func `segments are closed before they grow too long, and the chain goes on`() throws {
        try withTemporaryDirectory { directory in
            for half in 0..<2 {
                let trail = AuditTrail(
                    directory: directory, segmentByteCount: 1500, now: { clock.now })
                for number in 0..<20 { try trail.record(record("\(half) \(number)")) }
            }
            let names = try FileManager.default.contentsOfDirectory(atPath: directory).sorted()
            #expect(names.count > 5)
            #expect(names.first == "audit-001.log")
            #expect(names.last == "audit.log")
            for name in names {
                let attributes = try FileManager.default.attributesOfItem(
                    atPath: "\(directory)/\(name)")
                #expect((attributes[.size] as? Int ?? .max) <= 1500)
                #expect(attributes[.posixPermissions] as? Int == 0o600)
            }
            let report = try AuditTrail.verify(directory: directory)
            #expect(report.isIntact)
            #expect(report.recordCount == 40)
            #expect(report.segmentCount == names.count)
            // A crash between closing a segment and making the next one.
            try FileManager.default.moveItem(
                atPath: directory + "/audit.log", toPath: directory + "/audit-099.log")
            try AuditTrail(directory: directory, segmentByteCount: 1500, now: { clock.now })
                .record(record("last"))
            #expect(try AuditTrail.verify(directory: directory).lastSequence == 41)
            #expect(try AuditTrail.verify(directory: directory).isIntact)
        }
    }

    @Test func `threads and trails append side by side to one chain`() throws {
        try withTemporaryDirectory { directory in
            let trails = (0..<3).map { _ in
                AuditTrail(directory: directory, segmentByteCount: 20_000, now: { clock.now })
            }
            let failures = Monitor<[String]>([])
            DispatchQueue.concurrentPerform(iterations: 12) { worker in
                do {
                    for number in 0..<50 {
                        try trails[worker % 3].record(record("\(worker) \(number)"))
                    }
                } catch {
                    failures.update { $0.append("\(error)") }
                }
            }
            #expect(failures.read { $0 } == [])
            let report = try AuditTrail.verify(directory: directory)
            #expect(report.problems == [])
            #expect(report.recordCount == 600)
            #expect(Set(try lines(directory)).count == 600)
        }
    }

    @Test func `without its record no call succeeds`() throws {
        try withTemporaryDirectory { directory in
            let service = try OKMSEngine(store: directory).service()
            _ = try service.describeKey(.accountDefault)
            let path = directory + "/audit.log"
            try FileManager.default.moveItem(atPath: path, toPath: path + ".away")
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: false)
            expect(.internal) { try service.describeKey(.accountDefault) }
            expect(.internal) {
                try service.generateDataKey(byteCount: 32, under: .accountDefault, context: .empty)
            }
            try FileManager.default.removeItem(atPath: path)
            try FileManager.default.moveItem(atPath: path + ".away", toPath: path)
            _ = try service.describeKey(.accountDefault)
        }
    }

    @Test func `a trail whose last line was altered takes no more records`() throws {
        try withTemporaryDirectory { directory in
            let trail = AuditTrail(
                directory: directory, segmentByteCount: 1 << 20, now: { clock.now })
            try trail.record(record("1"))
            let url = URL(filePath: directory + "/audit.log")
            var bytes = try Data(contentsOf: url)
            bytes[100] ^= 1
            try bytes.write(to: url)
            let other = AuditTrail(
                directory: directory, segmentByteCount: 1 << 20, now: { clock.now })
            #expect(throws: AuditError.self) { try other.record(record("2")) }
            #expect(throws: AuditError.self) { try other.record(record("3")) }
            #expect(try Data(contentsOf: url) == bytes)
        }
    }

    @Test func `a service that cannot write records is not healthy until it can`() throws {
        try withTemporaryDirectory { directory in
            let engine = try OKMSEngine(store: directory)
            let service = engine.service()
            _ = try service.generateRandom(byteCount: 8)
            try engine.checkHealth()
            let (trail, away) = (directory + "/audit.log", directory + "/away")
            let files = FileManager.default
            try files.moveItem(atPath: trail, toPath: away)
            try files.createDirectory(atPath: trail, withIntermediateDirectories: false)
            try engine.checkHealth()
            #expect(throws: KeyServiceError.self) { _ = try service.generateRandom(byteCount: 8) }
            #expect(throws: KeyServiceError.self) { try engine.checkHealth() }
            try files.removeItem(atPath: trail)
            try files.moveItem(atPath: away, toPath: trail)
            try engine.checkHealth()
            #expect(try #require(lines(directory).last).contains(#""action":"CheckHealth""#))
        }
    }
}

/// Any JSON value, for counting members.
private struct AnyJSON: Decodable {
    init(from decoder: any Decoder) throws {}
}

import FoundationEssentials
import GRDB
import LibCrypto
import OKMS
import OKMSConformance
import Testing

@testable import OKMSEngine

@Suite struct AccessKeyTests {
    private let clock = TestClock()

    private func withEngine(_ body: (OKMSEngine, String) throws -> Void) throws {
        try withTemporaryDirectory { directory in
            try body(OKMSEngine(store: directory, settings: clock.settings), directory)
        }
    }

    @Test func `a new access key has twenty characters and a secret of forty`() throws {
        try withEngine { engine, directory in
            let made = try engine.createAccessKey(for: engine.defaultAccount)
            #expect(made.id.utf8.count == 20)
            #expect(made.id.utf8.allSatisfy { 0x30...0x39 ~= $0 || 0x41...0x5a ~= $0 })
            let secret = bytes(made.secret)
            #expect(secret.count == 40)
            #expect(Data(base64Encoded: String(decoding: secret, as: UTF8.self))?.count == 30)
            let found = try #require(try engine.accessKey(made.id))
            #expect(bytes(found.secret.secret) == secret)
            #expect(found.account == engine.defaultAccount)
            #expect(found.isUsable(at: clock.now))
            // Another engine unwraps it, and no file of the store holds it.
            let other = try OKMSEngine(store: directory)
            let again = try #require(try other.accessKey(made.id))
            #expect(bytes(again.secret.secret) == secret)
            for name in try FileManager.default.contentsOfDirectory(atPath: directory) {
                let file = try Data(contentsOf: URL(filePath: "\(directory)/\(name)"))
                #expect(file.firstRange(of: Data(secret)) == nil, "\(name)")
            }
        }
    }

    @Test func `access keys are listed, and at most ten`() throws {
        try withEngine { engine, _ in
            var ids: [String] = []
            for _ in 0..<10 {
                ids.append(try engine.createAccessKey(for: engine.defaultAccount).id)
                clock.advance(days: 1)
            }
            expect(.limitExceeded) { try engine.createAccessKey(for: engine.defaultAccount) }
            #expect(try engine.accessKeys(of: engine.defaultAccount).map(\.id) == ids)
            #expect(Set(ids).count == 10)
            let other = try engine.createAccount().id
            _ = try engine.createAccessKey(for: other)
            try engine.deleteAccessKey(ids[3])
            let gone = try engine.accessKey(ids[3])
            #expect(gone == nil)
            _ = try engine.createAccessKey(for: engine.defaultAccount)
        }
    }

    @Test func `what one engine does to an access key, the next call of another heeds`() throws {
        try withEngine { engine, directory in
            let other = try OKMSEngine(store: directory, settings: clock.settings)
            let id = try engine.createAccessKey(for: engine.defaultAccount).id
            let caller = Caller(requestID: "1", accessKeyID: id, source: nil)
            _ = try other.service(for: engine.defaultAccount, caller: caller)
            try engine.setAccessKey(id, active: false)
            #expect(try other.accessKey(id)?.isActive == false)
            expect(.accessDenied) {
                try other.service(for: engine.defaultAccount, caller: caller)
            }
            try engine.setAccessKey(id, active: true)
            #expect(try other.accessKey(id)?.isActive == true)
            try engine.deleteAccessKey(id)
            let gone = try other.accessKey(id)
            #expect(gone == nil)
            expect(.notFound) { try engine.deleteAccessKey(id) }
            expect(.notFound) { try engine.setAccessKey(id, active: true) }
        }
    }

    @Test func `an access key expires`() throws {
        try withEngine { engine, _ in
            expect(.validation) {
                try engine.createAccessKey(for: engine.defaultAccount, expires: clock.now)
            }
            let id = try engine.createAccessKey(
                for: engine.defaultAccount, expires: clock.now + 86_400
            ).id
            let caller = Caller(requestID: "1", accessKeyID: id, source: nil)
            _ = try engine.service(for: engine.defaultAccount, caller: caller)
            clock.advance(days: 1)
            #expect(try engine.accessKey(id)?.isUsable(at: clock.now) == false)
            expect(.accessDenied) {
                try engine.service(for: engine.defaultAccount, caller: caller)
            }
        }
    }

    @Test func `an access key may do what it is allowed to, and is told so before anything else`()
        throws
    {
        try withEngine { engine, _ in
            expect(.validation) {
                try engine.createAccessKey(for: engine.defaultAccount, actions: [])
            }
            let id = try engine.createAccessKey(
                for: engine.defaultAccount, actions: [.generateDataKey, .describeKey]
            ).id
            #expect(
                try engine.accessKey(id)?.allowedActions == [.generateDataKey, .describeKey])
            let service = try engine.service(
                for: engine.defaultAccount,
                caller: Caller(requestID: "1", accessKeyID: id, source: nil))
            let made = try service.generateDataKey(
                byteCount: 32, under: .accountDefault, context: .empty)
            _ = try service.describeKey(.accountDefault)
            expect(.accessDenied) {
                try service.decrypt(made.wrapped.ciphertext, under: nil, context: .empty)
            }
            expect(.accessDenied) { try service.decrypt([], under: nil, context: .empty) }
            expect(.accessDenied) {
                try service.generateDataKeyWithoutPlaintext(
                    byteCount: 0, under: .accountDefault, context: .empty)
            }
            expect(.accessDenied) { try service.allKeys() }
            expect(.accessDenied) { try service.createKey(description: "") }
        }
    }

    @Test func `an access key serves its own account only`() throws {
        try withEngine { engine, _ in
            let other = try engine.createAccount().id
            let id = try engine.createAccessKey(for: other).id
            expect(.accessDenied) {
                try engine.service(
                    for: engine.defaultAccount,
                    caller: Caller(requestID: "1", accessKeyID: id, source: nil))
            }
        }
    }

    @Test func `a wrapped secret cannot be given to another access key`() throws {
        try withEngine { engine, _ in
            let one = try engine.createAccessKey(for: engine.defaultAccount).id
            let other = try engine.createAccessKey(for: engine.defaultAccount).id
            try engine.store.write { db in
                for column in ["iv", "ciphertext", "tag"] {
                    try db.execute(
                        sql: """
                            UPDATE access_key SET \(column) =
                                (SELECT \(column) FROM access_key WHERE id = ?) WHERE id = ?
                            """, arguments: [one, other])
                }
            }
            _ = try engine.accessKey(one)
            expect(.internal) { try engine.accessKey(other) }
        }
    }

    @Test(arguments: ["", "x", "ÀÀÀÀÀÀÀÀÀÀ", "AAAAAAAAAAAAAAAAAAAA"])
    func `an unknown access key is nobody's`(id: String) throws {
        try withEngine { engine, _ in
            let found = try engine.accessKey(id)
            #expect(found == nil)
        }
    }
}

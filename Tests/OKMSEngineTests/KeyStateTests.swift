import GRDB
import LibCrypto
import OKMS
import OKMSConformance
import Testing

@testable import OKMSEngine

/// What states say, word for word, and how quickly they are heeded.
@Suite struct KeyStateTests {
    private enum Cryptography: CaseIterable {
        case encrypt, decrypt, decryptUnnamed, generateDataKey, generateDataKeyWithoutPlaintext

        func run(_ engine: AccountService, _ key: KeyName, _ blob: [UInt8]) throws {
            switch self {
            case .encrypt: _ = try engine.encrypt(secret(1...4), under: key, context: .empty)
            case .decrypt: _ = try engine.decrypt(blob, under: key, context: .empty)
            case .decryptUnnamed: _ = try engine.decrypt(blob, under: nil, context: .empty)
            case .generateDataKey:
                _ = try engine.generateDataKey(byteCount: 32, under: key, context: .empty)
            case .generateDataKeyWithoutPlaintext:
                _ = try engine.generateDataKeyWithoutPlaintext(
                    byteCount: 32, under: key, context: .empty)
            }
        }
    }

    private func withKey(
        _ state: KeyState, _ body: (AccountService, KeyARN, [UInt8]) throws -> Void
    ) throws {
        try withTemporaryDirectory { directory in
            let engine = try OKMSEngine(store: directory).service()
            let key = try engine.createKey(description: "").arn
            let blob = try engine.encrypt(secret(1...4), under: .arn(key), context: .empty)
            try engine.store.write { db in
                try db.execute(
                    sql: """
                        UPDATE master_key SET state = ?, deletion_date = ? WHERE id != (
                            SELECT default_key FROM account)
                        """,
                    arguments: [state.rawValue, state == .pendingDeletion ? 2e9 : nil])
            }
            try body(engine, key, blob.ciphertext)
        }
    }

    @Test func `a disabled key says so to all cryptography`() throws {
        try withKey(.disabled) { engine, key, blob in
            for operation in Cryptography.allCases {
                #expect(
                    throws: KeyServiceError(.disabled, "\(key) is disabled."),
                    "\(operation)"
                ) { try operation.run(engine, .arn(key), blob) }
            }
        }
    }

    @Test func `a key that is pending deletion says so to everything but reading`() throws {
        try withKey(.pendingDeletion) { engine, key, blob in
            let pending = KeyServiceError(.invalidState, "\(key) is pending deletion.")
            for operation in Cryptography.allCases {
                #expect(throws: pending, "\(operation)") {
                    try operation.run(engine, .arn(key), blob)
                }
            }
            #expect(throws: pending) { try engine.enableKey(.arn(key)) }
            #expect(throws: pending) { try engine.disableKey(.arn(key)) }
            let described = try engine.describeKey(.arn(key))
            #expect(described.state == .pendingDeletion)
            #expect(described.deletionDate == 2e9)
            #expect(try engine.allKeys().contains(key))
        }
    }

    @Test func `an enabled key may do everything`() throws {
        try withKey(.enabled) { engine, key, blob in
            for operation in Cryptography.allCases { try operation.run(engine, .arn(key), blob) }
            try engine.enableKey(.arn(key))
        }
    }

    @Test func `the default key can be disabled`() throws {
        try withTemporaryDirectory { directory in
            let engine = try OKMSEngine(store: directory).service()
            try engine.disableKey(.arn(engine.describeKey(.accountDefault).arn))
            expect(.disabled) {
                try engine.generateDataKey(byteCount: 32, under: .accountDefault, context: .empty)
            }
        }
    }

    @Test func `a key's quota can be changed while an engine runs`() throws {
        try withTemporaryDirectory { directory in
            let engine = try OKMSEngine(store: directory).service()
            try engine.store.write { try $0.execute(sql: "UPDATE account SET key_quota = 1") }
            expect(.limitExceeded) { try engine.createKey(description: "") }
            try engine.store.write { try $0.execute(sql: "UPDATE account SET key_quota = 2") }
            _ = try engine.createKey(description: "")
        }
    }

    @Test func `a description with a NUL is refused rather than cut short`() throws {
        try withTemporaryDirectory { directory in
            let engine = try OKMSEngine(store: directory).service()
            expect(.validation) { try engine.createKey(description: "a\0b") }
        }
    }
}

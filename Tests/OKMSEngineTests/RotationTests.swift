import LibCrypto
import OKMS
import OKMSConformance
import Testing

@testable import OKMSEngine

/// Rotations that come by themselves.
@Suite struct RotationTests {
    private let clock = TestClock()

    private func withKey(_ body: (AccountService, KeyARN) throws -> Void) throws {
        try withTemporaryDirectory { directory in
            let service = try OKMSEngine(store: directory, settings: clock.settings).service()
            let key = try service.createKey(description: "").arn
            try service.enableKeyRotation(.arn(key), periodDays: 90)
            try body(service, key)
        }
    }

    private func version(_ service: AccountService, _ key: KeyARN) throws -> UInt32 {
        let wrapped = try service.encrypt(secret([1]), under: .arn(key), context: .empty)
        return try CiphertextBlob(wrapped.ciphertext).header.version
    }

    @Test func `a rotation that is due happens at the next use`() throws {
        try withKey { service, key in
            let old = try service.encrypt(secret(1...4), under: .arn(key), context: .empty)
            clock.advance(days: 89.9)
            #expect(try version(service, key) == 1)
            clock.advance(days: 0.1)
            #expect(try version(service, key) == 2)
            #expect(try version(service, key) == 2)
            let date = clock.now
            let status = try service.keyRotationStatus(of: .arn(key))
            #expect(status.nextRotation == date + 90 * 86_400)
            clock.advance(days: 1000)
            #expect(try service.engine.rotateDueKeys() == [key])
            #expect(try service.engine.rotateDueKeys() == [])
            #expect(try version(service, key) == 3)
            let rotations = try service.listKeyRotations(of: .arn(key), limit: nil, marker: nil)
            #expect(rotations.elements.map(\.cause) == [.automatic, .automatic])
            #expect(rotations.elements.map(\.date) == [date, clock.now])
            let opened = try service.decrypt(old.ciphertext, under: nil, context: .empty)
            #expect(bytes(opened.plaintext) == Array(1...4))
        }
    }

    @Test func `a disabled key waits, a key pending deletion is left alone`() throws {
        try withKey { service, key in
            try service.disableKey(.arn(key))
            clock.advance(days: 91)
            #expect(try service.engine.rotateDueKeys() == [])
            try service.enableKey(.arn(key))
            #expect(try version(service, key) == 2)
            _ = try service.scheduleKeyDeletion(.arn(key), windowDays: 30)
            #expect(try !service.keyRotationStatus(of: .arn(key)).isEnabled)
            _ = try service.cancelKeyDeletion(.arn(key))
            #expect(try service.keyRotationStatus(of: .arn(key)).isEnabled)
        }
    }

    @Test func `a rotation on demand does not put the next one off, nor does enabling again`()
        throws
    {
        try withKey { service, key in
            let next = try service.keyRotationStatus(of: .arn(key)).nextRotation
            clock.advance(days: 10)
            _ = try service.rotateKeyOnDemand(.arn(key))
            try service.enableKeyRotation(.arn(key), periodDays: 90)
            #expect(try service.keyRotationStatus(of: .arn(key)).nextRotation == next)
        }
    }

    @Test func `automatic rotations do not count among those on demand`() throws {
        try withKey { service, key in
            for _ in 0..<3 {
                clock.advance(days: 90)
                #expect(try service.engine.rotateDueKeys() == [key])
            }
            for _ in 0..<25 { _ = try service.rotateKeyOnDemand(.arn(key)) }
            expect(.limitExceeded) { try service.rotateKeyOnDemand(.arn(key)) }
            clock.advance(days: 90)
            #expect(try version(service, key) == 30)
        }
    }

    @Test func `new material has a budget of its own`() throws {
        try withTemporaryDirectory { directory in
            var settings = clock.settings
            settings.encryptionsPerMaterial = 3
            let service = try OKMSEngine(store: directory, settings: settings).service()
            let key = KeyName.arn(try service.createKey(description: "").arn)
            for _ in 0..<3 { _ = try service.encrypt(secret([1]), under: key, context: .empty) }
            expect(.invalidState) { try service.encrypt(secret([1]), under: key, context: .empty) }
            expect(.invalidState) {
                try service.encrypt(secret([1]), under: key, context: .empty, dryRun: true)
            }
            _ = try service.rotateKeyOnDemand(key)
            _ = try service.encrypt(secret([1]), under: key, context: .empty)
        }
    }
}

import Locking
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

    @Test func `a key that cannot be rotated keeps no other from it`() throws {
        try withTemporaryDirectory { directory in
            let module = try WatchedModule()
            let engine = try OKMSEngine(
                store: directory, region: "eu-west-2", createIfMissing: true,
                settings: clock.settings
            ) { _ in module }
            let service = engine.service()
            let keys = try (0..<3).map { _ in
                let key = try service.createKey(description: "").arn
                try service.enableKeyRotation(.arn(key), periodDays: 90)
                clock.advance(days: 0.01)
                return key
            }
            let doomed = try service.createKey(description: "").arn
            _ = try service.scheduleKeyDeletion(.arn(doomed), windowDays: 30)
            clock.advance(days: 90)
            module.broken.update { $0 = [keys[0].key, doomed.key] }
            // By the way, at the next call.
            for key in keys[1...] { #expect(try version(service, key) == 2) }
            #expect(try version(service, keys[0]) == 1)
            // Or by the sweep.
            clock.advance(days: 90)
            var noted: [KeyARN] = []
            let failure = KeyServiceError(
                .unavailable, "\(keys[0]): watched failed (it is broken); try again")
            #expect(throws: failure) { try engine.rotateDueKeys { noted.append($0) } }
            #expect(noted == Array(keys[1...]))
            module.broken.update { $0 = [] }
            #expect(try engine.destroyDueKeys() == [doomed])
            #expect(try engine.rotateDueKeys() == [keys[0]])
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

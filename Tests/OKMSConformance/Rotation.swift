import OKMS
import Testing

extension ConformanceCheck {
    static let rotation = [
        ConformanceCheck("after a rotation the key is the same and what it encrypted still opens") {
            service in
            let key = try service.newKey()
            let before = try service.describeKey(key)
            var blobs: [[UInt8]] = []
            for number in 0..<3 {
                blobs.append(
                    try service.encrypt(secret([UInt8(number)]), under: key, context: orders())
                        .ciphertext)
                #expect(try service.rotateKeyOnDemand(key) == before.arn)
            }
            #expect(try service.describeKey(key) == before)
            for (number, blob) in blobs.enumerated() {
                let opened = try service.decrypt(blob, under: key, context: orders())
                #expect(bytes(opened.plaintext) == [UInt8(number)])
            }
            let rotations = try OKMSConformance.all {
                try service.listKeyRotations(of: key, limit: 2, marker: $0)
            }
            #expect(rotations.map(\.cause) == [.onDemand, .onDemand, .onDemand])
            #expect(rotations.map(\.date) == rotations.map(\.date).sorted())
            #expect(rotations.allSatisfy { $0.key == before.arn && $0.materialID.utf8.count == 64 })
            #expect(Set(rotations.map(\.materialID)).count == 3)
        },
        ConformanceCheck("a key is rotated at most 25 times on demand") { service in
            let key = try service.newKey()
            for _ in 1...25 { _ = try service.rotateKeyOnDemand(key) }
            expect(.limitExceeded) { try service.rotateKeyOnDemand(key) }
            _ = try service.encrypt(secret(1...4), under: key, context: .empty)
        },
        ConformanceCheck("automatic rotation is off until it is enabled") { service in
            let key = try service.newKey()
            let arn = try service.arn(key)
            let off = KeyRotationStatus(
                key: arn, isEnabled: false, periodDays: nil, nextRotation: nil)
            #expect(try service.keyRotationStatus(of: key) == off)
            try service.enableKeyRotation(key, periodDays: nil)
            let status = try service.keyRotationStatus(of: key)
            #expect(status.isEnabled)
            #expect(status.periodDays == 365)
            let created = try service.describeKey(key).created
            let next = try #require(status.nextRotation)
            #expect(abs(next - created - 365 * 86_400) < 3600)
            try service.enableKeyRotation(key, periodDays: 90)
            #expect(try service.keyRotationStatus(of: key).periodDays == 90)
            try service.disableKeyRotation(key)
            #expect(try service.keyRotationStatus(of: key) == off)
            #expect(
                try service.listKeyRotations(of: key, limit: nil, marker: nil).elements.isEmpty)
        },
        ConformanceCheck("the period of rotation is 90 to 2560 days") { service in
            let key = try service.newKey()
            for days in [-1, 0, 89, 2561] {
                expect(.validation) { try service.enableKeyRotation(key, periodDays: days) }
            }
            for days in [90, 2560] { try service.enableKeyRotation(key, periodDays: days) }
        },
    ]
}

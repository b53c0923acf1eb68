import OKMS
import Testing

extension ConformanceCheck {
    static let states = [
        ConformanceCheck("a disabled key does nothing until it is enabled again") { service in
            let key = try service.newKey()
            let wrapped = try service.encrypt(secret(1...4), under: key, context: .empty)
            try service.disableKey(key)
            try service.disableKey(key)
            #expect(try service.describeKey(key).state == .disabled)
            for use in cryptography(wrapped.ciphertext) {
                expect(.disabled) { try use(service, key) }
            }
            expect(.disabled) {
                try service.decrypt(wrapped.ciphertext, under: nil, context: .empty)
            }
            expect(.disabled) { try service.rotateKeyOnDemand(key) }
            expect(.disabled) { try service.enableKeyRotation(key, periodDays: nil) }
            expect(.disabled) { try service.disableKeyRotation(key) }
            try service.enableKey(key)
            try service.enableKey(key)
            #expect(try service.describeKey(key).state == .enabled)
            for use in cryptography(wrapped.ciphertext) { try use(service, key) }
        },
        ConformanceCheck("a disabled key can be managed") { service in
            let key = try service.newKey()
            try service.disableKey(key)
            try service.updateKeyDescription(key, to: "orders")
            try service.tagResource(key, tags: [KeyTag(key: "a", value: "b")])
            try service.untagResource(key, keys: ["a"])
            try service.createAlias(alias("orders"), for: key)
            for read in reads { try read(service, key, alias("x")) }
            _ = try service.scheduleKeyDeletion(key, windowDays: nil)
        },
        ConformanceCheck("a key that is pending deletion can be read, and nothing else") {
            service in
            let key = try service.newKey()
            let wrapped = try service.encrypt(secret(1...4), under: key, context: .empty)
            let name = try alias("orders")
            try service.createAlias(name, for: .arn(service.arn(.accountDefault)))
            _ = try service.scheduleKeyDeletion(key, windowDays: 7)
            for use in cryptography(wrapped.ciphertext) {
                expect(.invalidState) { try use(service, key) }
            }
            for change in changes {
                expect(.invalidState) { try change(service, key, alias("new")) }
            }
            expect(.invalidState) { try service.updateAlias(name, to: key) }
            for read in reads { try read(service, key, alias("x")) }
            #expect(try service.describeKey(key).state == .pendingDeletion)
            #expect(try service.allKeys().contains(service.arn(key)))
        },
    ]

    static let deletion = [
        ConformanceCheck("a deletion is dated, and can be cancelled") { service in
            let key = try service.newKey()
            let arn = try service.arn(key)
            expect(.invalidState) { try service.cancelKeyDeletion(key) }
            let scheduled = try service.scheduleKeyDeletion(key, windowDays: nil)
            #expect(scheduled.key == arn)
            #expect(scheduled.windowDays == 30)
            let described = try service.describeKey(key)
            let date = try #require(described.deletionDate)
            #expect(abs(date - scheduled.deletionDate) < 1)
            #expect(abs(date - described.created - 30 * 86_400) < 3600)
            #expect(try service.cancelKeyDeletion(key) == arn)
            #expect(try service.describeKey(key).state == .disabled)
            #expect(try service.describeKey(key).deletionDate == nil)
            expect(.invalidState) { try service.cancelKeyDeletion(key) }
            try service.enableKey(key)
            expect(.invalidState) { try service.cancelKeyDeletion(key) }
        },
        ConformanceCheck("the window of a deletion is 7 to 30 days") { service in
            for days in [-1, 0, 6, 31, 365] {
                let key = try service.newKey()
                expect(.validation) { try service.scheduleKeyDeletion(key, windowDays: days) }
                #expect(try service.describeKey(key).state == .enabled)
            }
            for days in [7, 30] {
                let scheduled = try service.scheduleKeyDeletion(
                    service.newKey(), windowDays: days)
                #expect(scheduled.windowDays == days)
            }
        },
        ConformanceCheck("the default key is never deleted") { service in
            let key = KeyName.arn(try service.arn(.accountDefault))
            expect(.unsupportedOperation) { try service.scheduleKeyDeletion(key, windowDays: 7) }
            #expect(try service.describeKey(key).state == .enabled)
        },
    ]
}

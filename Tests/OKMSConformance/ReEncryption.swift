import OKMS
import Testing

extension ConformanceCheck {
    static let reEncryption = [
        ConformanceCheck("what is encrypted anew opens under the other key and context") {
            service in
            let (one, other) = (try service.newKey(), try service.newKey())
            let old = try service.encrypt(secret(1...9), under: one, context: orders())
            let context = try EncryptionContext([("dataset", "archive")])
            for source in [nil, one] {
                let new = try service.reEncrypt(
                    old.ciphertext, from: source, context: orders(), under: other,
                    context: context)
                #expect(new.source == old.key)
                #expect(try new.wrapped.key == service.arn(other))
                let opened = try service.decrypt(
                    new.wrapped.ciphertext, under: other, context: context)
                #expect(bytes(opened.plaintext) == Array(1...9))
                expect(.invalidCiphertext) {
                    try service.decrypt(new.wrapped.ciphertext, under: nil, context: orders())
                }
            }
            expect(.invalidCiphertext) {
                try service.reEncrypt(
                    old.ciphertext, from: nil, context: context, under: other, context: context)
            }
        },
        ConformanceCheck("both keys must be enabled") { service in
            let (one, other) = (try service.newKey(), try service.newKey())
            let old = try service.encrypt(secret(1...9), under: one, context: .empty).ciphertext
            func reEncrypt() throws {
                _ = try service.reEncrypt(
                    old, from: nil, context: .empty, under: other, context: .empty)
            }
            try service.disableKey(one)
            expect(.disabled) { try reEncrypt() }
            try service.enableKey(one)
            try service.disableKey(other)
            expect(.disabled) { try reEncrypt() }
            try service.enableKey(other)
            try reEncrypt()
            _ = try service.scheduleKeyDeletion(other, windowDays: 7)
            expect(.invalidState) { try reEncrypt() }
        },
    ]

    static let dryRuns = [
        ConformanceCheck("a dry run says what would happen, and that is all") { service in
            let key = try service.newKey()
            let blob = try service.encrypt(secret(1...4), under: key, context: .empty).ciphertext
            func dry(_ code: KeyServiceError.Code, context: EncryptionContext = .empty) {
                expect(code) {
                    try service.encrypt(
                        secret(1...4), under: key, context: context, dryRun: true)
                }
                expect(code) {
                    try service.decrypt(blob, under: key, context: context, dryRun: true)
                }
                expect(code) {
                    try service.reEncrypt(
                        blob, from: key, context: context, under: .accountDefault,
                        context: context, dryRun: true)
                }
                expect(code) {
                    try service.generateDataKey(
                        byteCount: 32, under: key, context: context, dryRun: true)
                }
                expect(code) {
                    try service.generateDataKeyWithoutPlaintext(
                        byteCount: 32, under: key, context: context, dryRun: true)
                }
            }
            dry(.dryRunOperation)
            try service.disableKey(key)
            dry(.disabled)
            try service.enableKey(key)
            expect(.invalidCiphertext) {
                try service.decrypt(blob, under: key, context: orders(), dryRun: true)
            }
            expect(.notFound) {
                try service.encrypt(
                    secret(1...4), under: .alias(alias("none")), context: .empty, dryRun: true)
            }
            expect(.validation) {
                try service.generateDataKey(
                    byteCount: 0, under: key, context: .empty, dryRun: true)
            }
        }
    ]
}

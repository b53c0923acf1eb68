import OKMS
import Testing

extension ConformanceCheck {
    static let contexts = [
        ConformanceCheck("only the same context opens, in any order") { service in
            let made = try service.generateDataKey(
                byteCount: 32, under: .accountDefault, context: orders())
            let others = try [
                [], [("dataset", "orders")], [("dataset", "orders"), ("run", "8")],
                [("dataset", "orders"), ("run", "7"), ("x", "")],
                [("datasetorders", ""), ("run", "7")],
            ].map { try EncryptionContext($0) }
            for other in others {
                expect(.invalidCiphertext) {
                    try service.decrypt(made.wrapped.ciphertext, under: nil, context: other)
                }
            }
            let reordered = try EncryptionContext([("run", "7"), ("dataset", "orders")])
            let opened = try service.decrypt(
                made.wrapped.ciphertext, under: nil, context: reordered)
            #expect(bytes(opened.plaintext) == bytes(made.plaintext))
        },
        ConformanceCheck("contexts that differ in Unicode form alone are different") { service in
            let composed = try EncryptionContext([("\u{e9}", "1")])
            let decomposed = try EncryptionContext([("e\u{301}", "1")])
            let both = try EncryptionContext([("e\u{301}", "1"), ("\u{e9}", "1")])
            let wrapped = try service.encrypt(
                secret(1...4), under: .accountDefault, context: composed)
            for other in [decomposed, both] {
                expect(.invalidCiphertext) {
                    try service.decrypt(wrapped.ciphertext, under: nil, context: other)
                }
            }
        },
        ConformanceCheck("a context has at most 8192 bytes in canonical form") { service in
            // Six bytes are the count, the lengths and nothing else; "k" is one more.
            let longest = try EncryptionContext([("k", String(repeating: "v", count: 8192 - 7))])
            let longer = try EncryptionContext([("k", String(repeating: "v", count: 8193 - 7))])
            let wrapped = try service.encrypt(
                secret(1...4), under: .accountDefault, context: longest)
            _ = try service.decrypt(wrapped.ciphertext, under: nil, context: longest)
            expect(.validation) {
                try service.generateDataKey(byteCount: 32, under: .accountDefault, context: longer)
            }
            expect(.validation) {
                try service.decrypt(wrapped.ciphertext, under: nil, context: longer)
            }
            expect(.validation) {
                try service.reEncrypt(
                    wrapped.ciphertext, from: nil, context: longest, under: .accountDefault,
                    context: longer)
            }
        },
    ]
}

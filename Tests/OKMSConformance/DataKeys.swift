import LibCrypto
import OKMS
import Testing

extension ConformanceCheck {
    static let dataKeys = [
        ConformanceCheck("what is encrypted is decrypted, with and without naming the key") {
            service in
            let key = try service.createKey(description: "").arn
            let wrapped = try service.encrypt(secret(1...7), under: .arn(key), context: orders())
            #expect(wrapped.key == key)
            for name in [nil, KeyName.id(key.key), .arn(key)] {
                let opened = try service.decrypt(
                    wrapped.ciphertext, under: name, context: orders())
                #expect(opened.wrapped == wrapped)
                #expect(bytes(opened.plaintext) == Array(1...7))
            }
        },
        ConformanceCheck("a plaintext has 1 to 4096 bytes") { service in
            for count in [1, 4096] {
                let text = [UInt8](repeating: 0xa5, count: count)
                let wrapped = try service.encrypt(
                    secret(text), under: .accountDefault, context: .empty)
                let opened = try service.decrypt(wrapped.ciphertext, under: nil, context: .empty)
                #expect(bytes(opened.plaintext) == text)
            }
            let text = secret([UInt8](repeating: 0, count: 4097))
            expect(.validation) {
                try service.encrypt(text, under: .accountDefault, context: .empty)
            }
        },
        ConformanceCheck("a data key has the length asked for and its wrapped form opens to it") {
            service in
            for count in [1, 16, 32, 1024] {
                let made = try service.generateDataKey(
                    byteCount: count, under: .accountDefault, context: orders())
                #expect(made.plaintext.count == count)
                let opened = try service.decrypt(
                    made.wrapped.ciphertext, under: .accountDefault, context: orders())
                #expect(bytes(opened.plaintext) == bytes(made.plaintext))
            }
        },
        ConformanceCheck("a data key may be made without being seen") { service in
            let wrapped = try service.generateDataKeyWithoutPlaintext(
                byteCount: 32, under: .accountDefault, context: orders())
            let opened = try service.decrypt(wrapped.ciphertext, under: nil, context: orders())
            #expect(opened.plaintext.count == 32)
        },
        ConformanceCheck("a data key and random bytes of another length are refused") { service in
            for count in [-1, 0, 1025] {
                expect(.validation) {
                    try service.generateDataKey(
                        byteCount: count, under: .accountDefault, context: .empty)
                }
                expect(.validation) {
                    try service.generateDataKeyWithoutPlaintext(
                        byteCount: count, under: .accountDefault, context: .empty)
                }
                expect(.validation) { try service.generateRandom(byteCount: count) }
            }
        },
        ConformanceCheck("random bytes have the length asked for and are never the same") {
            service in
            for count in [1, 32, 1024] {
                #expect(try service.generateRandom(byteCount: count).count == count)
            }
            let one = try service.generateRandom(byteCount: 32)
            let other = try service.generateRandom(byteCount: 32)
            #expect(bytes(one) != bytes(other))
        },
        ConformanceCheck("no two data keys and no two ciphertexts are alike") { service in
            let one = try service.generateDataKey(
                byteCount: 32, under: .accountDefault, context: orders())
            let other = try service.generateDataKey(
                byteCount: 32, under: .accountDefault, context: orders())
            #expect(bytes(one.plaintext) != bytes(other.plaintext))
            let first = try service.encrypt(
                secret(1...4), under: .accountDefault, context: orders())
            let second = try service.encrypt(
                secret(1...4), under: .accountDefault, context: orders())
            #expect(first.ciphertext != second.ciphertext)
        },
        ConformanceCheck("a ciphertext opens only under the key it was made under") { service in
            let other = try service.newKey()
            let wrapped = try service.encrypt(
                secret(1...4), under: .accountDefault, context: .empty)
            expect(.incorrectKey) {
                try service.decrypt(wrapped.ciphertext, under: other, context: .empty)
            }
            expect(.incorrectKey) {
                try service.reEncrypt(
                    wrapped.ciphertext, from: other, context: .empty, under: other,
                    context: .empty)
            }
        },
        ConformanceCheck("what is no ciphertext is refused") { service in
            expect(.validation) { try service.decrypt([], under: nil, context: .empty) }
            for blob in [[1], [UInt8](repeating: 7, count: 100)] as [[UInt8]] {
                expect(.invalidCiphertext) {
                    try service.decrypt(blob, under: nil, context: .empty)
                }
                expect(.invalidCiphertext) {
                    try service.reEncrypt(
                        blob, from: nil, context: .empty, under: .accountDefault, context: .empty)
                }
            }
        },
    ]
}

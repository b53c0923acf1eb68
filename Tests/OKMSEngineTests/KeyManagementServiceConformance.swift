import LibCrypto
import OKMS
import Testing

/// What every key management service does, whoever runs it. Uses nothing but the contract.
@Suite struct KeyManagementServiceConformance {
    private let context: EncryptionContext

    init() throws { context = try EncryptionContext([("dataset", "orders"), ("run", "7")]) }

    @Test(arguments: Conformer.all)
    func `the account has its default key`(conformer: Conformer) throws {
        try conformer.withService { service in
            let key = try service.describeKey(.accountDefault)
            #expect(key.isAccountDefault)
            #expect(key.state == .enabled)
            #expect(try service.allKeys() == [key.arn])
            #expect(try service.describeKey(.id(key.arn.key)) == key)
            #expect(try service.describeKey(.arn(key.arn)) == key)
        }
    }

    @Test(arguments: Conformer.all)
    func `a created key is enabled, described and listed last`(conformer: Conformer) throws {
        try conformer.withService { service in
            let key = try service.createKey(description: "orders, nightly — é")
            #expect(key.state == .enabled)
            #expect(!key.isAccountDefault)
            #expect(key.deletionDate == nil)
            let described = try service.describeKey(.arn(key.arn))
            #expect(described.arn == key.arn)
            #expect(described.description == "orders, nightly — é")
            #expect(described.state == .enabled)
            #expect(try service.allKeys().last == key.arn)
        }
    }

    @Test(arguments: Conformer.all)
    func `what is encrypted is decrypted, with and without naming the key`(
        conformer: Conformer
    ) throws {
        try conformer.withService { service in
            let key = try service.createKey(description: "").arn
            let wrapped = try service.encrypt(secret(1...7), under: .arn(key), context: context)
            #expect(wrapped.key == key)
            for name in [nil, KeyName.id(key.key), .arn(key)] {
                let opened = try service.decrypt(wrapped.ciphertext, under: name, context: context)
                #expect(opened.wrapped == wrapped)
                #expect(bytes(opened.plaintext) == Array(1...7))
            }
        }
    }

    @Test(arguments: Conformer.all, [1, 4096])
    func `the shortest and the longest plaintext pass`(conformer: Conformer, count: Int) throws {
        try conformer.withService { service in
            let text = [UInt8](repeating: 0xa5, count: count)
            let wrapped = try service.encrypt(
                secret(text), under: .accountDefault, context: .empty)
            let opened = try service.decrypt(wrapped.ciphertext, under: nil, context: .empty)
            #expect(bytes(opened.plaintext) == text)
        }
    }

    @Test(arguments: Conformer.all)
    func `a longer plaintext is refused`(conformer: Conformer) throws {
        try conformer.withService { service in
            let text = secret([UInt8](repeating: 0, count: 4097))
            expect(.validation) {
                try service.encrypt(text, under: .accountDefault, context: .empty)
            }
        }
    }

    @Test(arguments: Conformer.all, [1, 16, 32, 1024])
    func `a data key has the length asked for and its wrapped form opens to it`(
        conformer: Conformer, count: Int
    ) throws {
        try conformer.withService { service in
            let made = try service.generateDataKey(
                byteCount: count, under: .accountDefault, context: context)
            #expect(made.plaintext.count == count)
            let opened = try service.decrypt(
                made.wrapped.ciphertext, under: .accountDefault, context: context)
            #expect(bytes(opened.plaintext) == bytes(made.plaintext))
        }
    }

    @Test(arguments: Conformer.all)
    func `a data key may be made without being seen`(conformer: Conformer) throws {
        try conformer.withService { service in
            let wrapped = try service.generateDataKeyWithoutPlaintext(
                byteCount: 32, under: .accountDefault, context: context)
            let opened = try service.decrypt(wrapped.ciphertext, under: nil, context: context)
            #expect(opened.plaintext.count == 32)
        }
    }

    @Test(arguments: Conformer.all)
    func `no two data keys and no two ciphertexts are alike`(conformer: Conformer) throws {
        try conformer.withService { service in
            let one = try service.generateDataKey(
                byteCount: 32, under: .accountDefault, context: context)
            let other = try service.generateDataKey(
                byteCount: 32, under: .accountDefault, context: context)
            #expect(bytes(one.plaintext) != bytes(other.plaintext))
            let first = try service.encrypt(secret(1...4), under: .accountDefault, context: context)
            let second = try service.encrypt(
                secret(1...4), under: .accountDefault, context: context)
            #expect(first.ciphertext != second.ciphertext)
        }
    }

    @Test(arguments: Conformer.all, [-1, 0, 1025])
    func `a data key of another length is refused`(conformer: Conformer, count: Int) throws {
        try conformer.withService { service in
            expect(.validation) {
                try service.generateDataKey(
                    byteCount: count, under: .accountDefault, context: .empty)
            }
            expect(.validation) {
                try service.generateDataKeyWithoutPlaintext(
                    byteCount: count, under: .accountDefault, context: .empty)
            }
        }
    }

    @Test(arguments: Conformer.all)
    func `only the same context opens, in any order`(conformer: Conformer) throws {
        try conformer.withService { service in
            let made = try service.generateDataKey(
                byteCount: 32, under: .accountDefault, context: context)
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
        }
    }

    @Test(arguments: Conformer.all)
    func `contexts that differ in Unicode form alone are different`(conformer: Conformer) throws {
        try conformer.withService { service in
            let composed = try EncryptionContext([("\u{e9}", "1")])
            let decomposed = try EncryptionContext([("e\u{301}", "1")])
            let wrapped = try service.encrypt(
                secret(1...4), under: .accountDefault, context: composed)
            expect(.invalidCiphertext) {
                try service.decrypt(wrapped.ciphertext, under: nil, context: decomposed)
            }
        }
    }

    @Test(arguments: Conformer.all)
    func `a context has at most 8192 bytes in canonical form`(conformer: Conformer) throws {
        try conformer.withService { service in
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
        }
    }

    @Test(arguments: Conformer.all)
    func `a disabled key does nothing until it is enabled again`(conformer: Conformer) throws {
        try conformer.withService { service in
            let key = KeyName.arn(try service.createKey(description: "").arn)
            let wrapped = try service.encrypt(secret(1...4), under: key, context: context)
            try service.disableKey(key)
            try service.disableKey(key)
            #expect(try service.describeKey(key).state == .disabled)
            expect(.disabled) {
                try service.encrypt(secret(1...4), under: key, context: context)
            }
            expect(.disabled) {
                try service.decrypt(wrapped.ciphertext, under: nil, context: context)
            }
            expect(.disabled) {
                try service.generateDataKey(byteCount: 32, under: key, context: context)
            }
            expect(.disabled) {
                try service.generateDataKeyWithoutPlaintext(
                    byteCount: 32, under: key, context: context)
            }
            try service.enableKey(key)
            try service.enableKey(key)
            #expect(try service.describeKey(key).state == .enabled)
            _ = try service.decrypt(wrapped.ciphertext, under: key, context: context)
        }
    }

    @Test(arguments: Conformer.all)
    func `a missing key, a foreign region and a foreign account are not found`(
        conformer: Conformer
    ) throws {
        try conformer.withService { service in
            let arn = try service.describeKey(.accountDefault).arn
            let account = try #require(
                AccountID(
                    arn.account.description == "123456789012" ? "123456789013" : "123456789012"))
            let missing = try #require(KeyID("1234abcd-12ab-34cd-56ef-1234567890ab"))
            let names: [KeyName] = [
                .id(missing), .arn(KeyARN(region: arn.region, account: arn.account, key: missing)),
                .arn(KeyARN(region: "us-east-2", account: arn.account, key: arn.key)),
                .arn(KeyARN(region: arn.region, account: account, key: arn.key)),
            ]
            let wrapped = try service.encrypt(
                secret(1...4), under: .accountDefault, context: .empty)
            for name in names {
                expect(.notFound) { try service.describeKey(name) }
                expect(.notFound) { try service.enableKey(name) }
                expect(.notFound) { try service.disableKey(name) }
                expect(.notFound) {
                    try service.encrypt(secret(1...4), under: name, context: .empty)
                }
                expect(.notFound) {
                    try service.generateDataKey(byteCount: 32, under: name, context: .empty)
                }
                expect(.notFound) {
                    try service.decrypt(wrapped.ciphertext, under: name, context: .empty)
                }
            }
        }
    }

    @Test(arguments: Conformer.all)
    func `a ciphertext opens only under the key it was made under`(conformer: Conformer) throws {
        try conformer.withService { service in
            let other = KeyName.arn(try service.createKey(description: "other").arn)
            let wrapped = try service.encrypt(
                secret(1...4), under: .accountDefault, context: .empty)
            expect(.incorrectKey) {
                try service.decrypt(wrapped.ciphertext, under: other, context: .empty)
            }
        }
    }

    @Test(arguments: Conformer.all)
    func `keys are listed in order of creation, page after page`(conformer: Conformer) throws {
        try conformer.withService { service in
            var keys = try service.allKeys()
            for number in 1...5 { keys.append(try service.createKey(description: "\(number)").arn) }
            #expect(try service.allKeys() == keys)
            var paged: [KeyARN] = []
            var marker: String?
            repeat {
                let page = try service.listKeys(limit: 4, marker: marker)
                #expect(page.elements.count <= 4)
                paged += page.elements
                marker = page.nextMarker
            } while marker != nil && paged.count < 100
            #expect(paged == keys)
            #expect(try service.listKeys(limit: 1000, marker: nil).nextMarker == nil)
        }
    }

    @Test(arguments: Conformer.all, [-1, 0, 1001])
    func `a page of another length is refused`(conformer: Conformer, limit: Int) throws {
        try conformer.withService { service in
            expect(.validation) { try service.listKeys(limit: limit, marker: nil) }
        }
    }

    @Test(arguments: Conformer.all)
    func `an altered or made up marker is refused`(conformer: Conformer) throws {
        try conformer.withService { service in
            _ = try service.createKey(description: "")
            let page = try service.listKeys(limit: 1, marker: nil)
            let marker = try #require(page.nextMarker)
            for text in ["x", "MQ==", marker + "A", String(marker.dropLast())] {
                expect(.invalidMarker) { try service.listKeys(limit: 1, marker: text) }
            }
        }
    }

    @Test(arguments: Conformer.all)
    func `a description has at most 8192 characters`(conformer: Conformer) throws {
        try conformer.withService { service in
            let longest = String(repeating: "é", count: 8192)
            let key = try service.createKey(description: longest).arn
            #expect(try service.describeKey(.arn(key)).description == longest)
            expect(.validation) { try service.createKey(description: longest + "e") }
        }
    }

    @Test(arguments: Conformer.all)
    func `an account has at most 20 keys`(conformer: Conformer) throws {
        try conformer.withService { service in
            for number in 2...20 { _ = try service.createKey(description: "\(number)") }
            expect(.limitExceeded) { try service.createKey(description: "21") }
            #expect(try service.allKeys().count == 20)
        }
    }
}

import OKMS
import Testing

extension ConformanceCheck {
    static let keys = [
        ConformanceCheck("the account has its default key") { service in
            let key = try service.describeKey(.accountDefault)
            #expect(key.isAccountDefault)
            #expect(key.state == .enabled)
            #expect(try service.allKeys() == [key.arn])
            #expect(try service.describeKey(.id(key.arn.key)) == key)
            #expect(try service.describeKey(.arn(key.arn)) == key)
        },
        ConformanceCheck("a created key is enabled, described and listed last") { service in
            let key = try service.createKey(description: "orders, nightly — é")
            #expect(key.state == .enabled)
            #expect(!key.isAccountDefault)
            #expect(key.deletionDate == nil)
            let described = try service.describeKey(.arn(key.arn))
            #expect(described.arn == key.arn)
            #expect(described.description == "orders, nightly — é")
            #expect(described.state == .enabled)
            #expect(try service.allKeys().last == key.arn)
        },
        ConformanceCheck("a description has at most 8192 characters, and can be changed") {
            service in
            let longest = String(repeating: "é", count: 8192)
            let key = KeyName.arn(try service.createKey(description: longest).arn)
            #expect(try service.describeKey(key).description == longest)
            expect(.validation) { try service.createKey(description: longest + "e") }
            expect(.validation) { try service.updateKeyDescription(key, to: longest + "e") }
            try service.updateKeyDescription(key, to: "")
            #expect(try service.describeKey(key).description.isEmpty)
            try service.updateKeyDescription(key, to: "orders")
            #expect(try service.describeKey(key).description == "orders")
        },
        ConformanceCheck("an account has at most 20 keys") { service in
            for number in 2...20 { _ = try service.createKey(description: "\(number)") }
            expect(.limitExceeded) { try service.createKey(description: "21") }
            #expect(try service.allKeys().count == 20)
        },
        ConformanceCheck("a missing key, a foreign region and a foreign account are not found") {
            service in
            let arn = try service.arn(.accountDefault)
            let account = try #require(
                AccountID(
                    arn.account.description == "123456789012" ? "123456789013" : "123456789012"))
            let missing = try #require(unknownKey)
            let names: [KeyName] = [
                .id(missing), .arn(KeyARN(region: arn.region, account: arn.account, key: missing)),
                .arn(KeyARN(region: "us-east-2", account: arn.account, key: arn.key)),
                .arn(KeyARN(region: arn.region, account: account, key: arn.key)),
            ]
            let wrapped = try service.encrypt(
                secret(1...4), under: .accountDefault, context: .empty)
            let name = try alias("a")
            for key in names {
                expect(.notFound) { try service.describeKey(key) }
                for manage in management { expect(.notFound) { try manage(service, key, name) } }
                for use in cryptography(wrapped.ciphertext) {
                    expect(.notFound) { try use(service, key) }
                }
            }
        },
        ConformanceCheck("management takes no alias") { service in
            let name = try alias("orders")
            let key = try service.newKey()
            try service.createAlias(name, for: key)
            let arn = try service.arn(key)
            let alias = AliasARN(region: arn.region, account: arn.account, name: name)
            let new = try OKMSConformance.alias("new")
            for manage in management {
                expect(.notFound) { try manage(service, .alias(name), new) }
                expect(.notFound) { try manage(service, .accountDefault, new) }
                expect(.invalidARN) { try manage(service, .aliasARN(alias), new) }
            }
        },
    ]

    typealias Management = @Sendable (any KeyManagementService, KeyName, AliasName) throws -> Void
    typealias Cryptography = @Sendable (any KeyManagementService, KeyName) throws -> Void

    /// Every operation on a key that takes no alias.
    static let management: [Management] = changes + reads

    static let changes: [Management] = [
        { service, key, _ in try service.enableKey(key) },
        { service, key, _ in try service.disableKey(key) },
        { service, key, _ in try service.updateKeyDescription(key, to: "new") },
        { service, key, _ in _ = try service.scheduleKeyDeletion(key, windowDays: 7) },
        { service, key, _ in
            try service.tagResource(key, tags: [KeyTag(key: "a", value: "b")])
        },
        { service, key, _ in try service.untagResource(key, keys: ["a"]) },
        { service, key, alias in try service.createAlias(alias, for: key) },
        { service, key, _ in _ = try service.rotateKeyOnDemand(key) },
        { service, key, _ in try service.enableKeyRotation(key, periodDays: nil) },
        { service, key, _ in try service.disableKeyRotation(key) },
    ]

    static let reads: [Management] = [
        { service, key, _ in _ = try service.listResourceTags(key, limit: nil, marker: nil) },
        { service, key, _ in _ = try service.listAliases(of: key, limit: nil, marker: nil) },
        { service, key, _ in _ = try service.keyRotationStatus(of: key) },
        { service, key, _ in _ = try service.listKeyRotations(of: key, limit: nil, marker: nil) },
    ]

    /// Every cryptographic operation that names a key; `blob` was made without a context.
    static func cryptography(_ blob: [UInt8]) -> [Cryptography] {
        [
            { _ = try $0.encrypt(secret(1...4), under: $1, context: .empty) },
            { _ = try $0.decrypt(blob, under: $1, context: .empty) },
            { _ = try $0.generateDataKey(byteCount: 32, under: $1, context: .empty) },
            {
                _ = try $0.generateDataKeyWithoutPlaintext(
                    byteCount: 32, under: $1, context: .empty)
            },
            {
                _ = try $0.reEncrypt(
                    blob, from: $1, context: .empty, under: .accountDefault, context: .empty)
            },
            {
                _ = try $0.reEncrypt(
                    blob, from: nil, context: .empty, under: $1, context: .empty)
            },
        ]
    }
}

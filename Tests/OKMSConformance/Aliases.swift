import OKMS
import Testing

extension ConformanceCheck {
    static let aliases = [
        ConformanceCheck("an alias stands for its key in cryptography and when it is described") {
            service in
            let (one, other) = (try service.newKey(), try service.newKey())
            let name = try alias("nightly/orders_1-a")
            try service.createAlias(name, for: one)
            let arn = try service.arn(one)
            let named: [KeyName] = [
                .alias(name),
                .aliasARN(AliasARN(region: arn.region, account: arn.account, name: name)),
            ]
            for alias in named {
                #expect(try service.describeKey(alias).arn == arn)
                let wrapped = try service.encrypt(secret(1...4), under: alias, context: .empty)
                #expect(wrapped.key == arn)
                for use in cryptography(wrapped.ciphertext) { try use(service, alias) }
            }
            let wrapped = try service.encrypt(secret(1...4), under: .alias(name), context: .empty)
            try service.updateAlias(name, to: other)
            #expect(try service.describeKey(.alias(name)).arn == service.arn(other))
            expect(.incorrectKey) {
                try service.decrypt(wrapped.ciphertext, under: .alias(name), context: .empty)
            }
            _ = try service.decrypt(wrapped.ciphertext, under: nil, context: .empty)
            try service.deleteAlias(name)
            for alias in named {
                expect(.notFound) { try service.describeKey(alias) }
                for use in cryptography(wrapped.ciphertext) {
                    expect(.notFound) { try use(service, alias) }
                }
            }
        },
        ConformanceCheck("alias/okms/default is the default key for ever") { service in
            let name = try alias("okms/default")
            let (key, arn) = (try service.newKey(), try service.arn(.accountDefault))
            #expect(try service.describeKey(.alias(name)).arn == arn)
            let full = AliasARN(region: arn.region, account: arn.account, name: name)
            #expect(try service.describeKey(.aliasARN(full)).arn == arn)
            expect(.invalidAliasName) { try service.createAlias(name, for: key) }
            expect(.invalidAliasName) { try service.updateAlias(name, to: key) }
            expect(.invalidAliasName) { try service.deleteAlias(name) }
            expect(.invalidAliasName) { try service.createAlias(alias("aws/kms"), for: key) }
            let listed = try service.listAliases(of: nil, limit: nil, marker: nil).elements
            #expect(listed.map(\.name) == [name])
            #expect(listed.first?.target == arn)
        },
        ConformanceCheck("an alias is made once, and changed only where it is") { service in
            let key = try service.newKey()
            try service.createAlias(alias("a"), for: key)
            expect(.alreadyExists) { try service.createAlias(alias("a"), for: key) }
            expect(.notFound) { try service.updateAlias(alias("b"), to: key) }
            expect(.notFound) { try service.deleteAlias(alias("b")) }
            expect(.notFound) { try service.describeKey(.alias(alias("b"))) }
        },
        ConformanceCheck("aliases are listed in byte order, of all keys or of one") { service in
            let (one, other) = (try service.newKey(), try service.newKey())
            for name in ["b", "B", "a/b", "Z"] { try service.createAlias(alias(name), for: one) }
            try service.createAlias(alias("c"), for: other)
            func names(of key: KeyName?) throws -> [String] {
                try OKMSConformance.all { try service.listAliases(of: key, limit: 2, marker: $0) }
                    .map { $0.name.description }
            }
            #expect(try names(of: one) == ["alias/B", "alias/Z", "alias/a/b", "alias/b"])
            #expect(try names(of: other) == ["alias/c"])
            #expect(
                try names(of: nil) == [
                    "alias/B", "alias/Z", "alias/a/b", "alias/b", "alias/c", "alias/okms/default",
                ])
            let alias = try #require(
                service.listAliases(of: other, limit: nil, marker: nil).elements.first)
            #expect(try alias.target == service.arn(other))
            #expect(alias.created > 0 && alias.updated >= alias.created)
        },
        ConformanceCheck("aliases of another region and account do not exist") { service in
            let arn = try service.arn(.accountDefault)
            let account = try #require(AccountID("000000000001"))
            let name = try alias("okms/default")
            for alias in [
                AliasARN(region: "us-east-2", account: arn.account, name: name),
                AliasARN(region: arn.region, account: account, name: name),
            ] {
                expect(.notFound) { try service.describeKey(.aliasARN(alias)) }
            }
        },
    ]
}

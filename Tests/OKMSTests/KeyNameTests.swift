import OKMS
import Testing

@Suite struct KeyNameTests {
    private let id = "1234abcd-12ab-34cd-56ef-1234567890ab"

    @Test func `a name is an id, an ARN or the default key`() throws {
        let keyID = try #require(KeyID(id))
        let arn = "arn:ows:kms:eu-west-2:123456789012:key/\(id)"
        #expect(try KeyName(id) == .id(keyID))
        #expect(try KeyName(id.uppercased()) == .id(keyID))
        #expect(try KeyName(arn) == .arn(#require(KeyARN(arn))))
        let alias = "arn:ows:kms:eu-west-2:123456789012:alias/orders"
        #expect(try KeyName(alias) == .aliasARN(#require(AliasARN(alias))))
        #expect(try KeyName(alias).description == alias)
        #expect(try KeyName("alias/orders") == .alias(#require(AliasName("alias/orders"))))
        #expect(try KeyName("default") == .accountDefault)
        #expect(try KeyName("alias/okms/default") == .accountDefault)
    }

    @Test(arguments: ["arn:", "arn:ows:kms:eu-west-2:1:key/x", "orn:ows:kms"])
    func `a malformed ARN is an invalid ARN`(text: String) {
        let message = "'\(text)' is not the ARN of a key or an alias"
        #expect(throws: KeyServiceError(.invalidARN, message)) { try KeyName(text) }
    }

    @Test(arguments: ["", "Default", "alias/", "alias/é", "1234"])
    func `any other malformed name names no key`(text: String) {
        #expect(throws: KeyServiceError(.notFound, "Invalid keyId '\(text)'")) {
            try KeyName(text)
        }
    }

    @Test(arguments: ["1234abcd-12ab-34cd-56ef-1234567890ab", "alias/okms/default"])
    func `a name is written as it is read`(text: String) throws {
        #expect(try KeyName(text).description == text)
    }
}

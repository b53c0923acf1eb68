import OKMS
import Testing

@Suite struct KeyARNTests {
    private static let rest = "kms:eu-west-2:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"

    @Test(arguments: ["arn:ows", "arn:aws", "orn:ows"])
    func `three spellings name the same key and one is written`(prefix: String) throws {
        let arn = try #require(KeyARN("\(prefix):\(Self.rest)"))
        #expect(arn.region == "eu-west-2")
        #expect(arn.account == AccountID("123456789012"))
        #expect(arn.key == KeyID("1234abcd-12ab-34cd-56ef-1234567890ab"))
        #expect(arn.description == "arn:ows:\(Self.rest)")
    }

    @Test(arguments: [
        "", "arn", "arn:ows", "orn:aws:\(rest)", "urn:ows:\(rest)", "arn:ows:\(rest):more",
        "arn:ows:\(rest)0", "arn:ows:okms:eu-west-2:123456789012:key/x",
        "arn:ows:kms::123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab",
        "arn:ows:kms:eu-west-2::key/1234abcd-12ab-34cd-56ef-1234567890ab",
        "arn:ows:kms:eu-west-2:123456789012:alias/default",
        "arn:ows:kms:eu-west-2:123456789012:1234abcd-12ab-34cd-56ef-1234567890ab",
    ])
    func `anything else is no ARN of a key`(text: String) {
        #expect(KeyARN(text) == nil)
    }
}

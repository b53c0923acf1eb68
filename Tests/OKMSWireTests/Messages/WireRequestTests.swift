import OKMS
import Testing

@testable import OKMSWire

/// What clients send, and what they are told about it.
@Suite struct WireRequestTests {
    static let id = StubService.id

    func read(_ action: KeyAction, _ json: String) throws -> WireRequest {
        try WireRequest(action, body: Array(json.utf8).span)
    }

    func refusal(_ action: KeyAction, _ json: String) -> KeyServiceError? {
        do {
            _ = try read(action, json)
            return nil
        } catch {
            return error as? KeyServiceError
        }
    }

    @Test func `the target names the action`() throws {
        for action in KeyAction.allCases {
            #expect(try WireRequest.action(target: "TrentService.\(action.rawValue)") == action)
        }
        for target in [
            nil, "", "TrentService.", "TrentService.Sign", "DescribeKey", "trentservice.Encrypt",
        ] {
            let error = #expect(throws: KeyServiceError.self) {
                try WireRequest.action(target: target)
            }
            #expect(error?.code == .unknownOperation)
        }
    }

    @Test func `every action reads an object and refuses what is none`() {
        for action in KeyAction.allCases {
            #expect(refusal(action, "[]")?.code == .serialization)
            let code = refusal(action, "{}")?.code
            #expect(code == nil || code == .validation)
        }
    }

    @Test(arguments: [
        (KeyAction.describeKey, #"{"KeyId":5}"#, "'KeyId' must be a string, not a number"),
        (.createKey, #"{"Description":123}"#, "'Description' must be a string, not a number"),
        (.encrypt, #"{"KeyId":"\#(id)","Plaintext":5}"#, "'Plaintext' must be a string"),
        (.encrypt, #"{"KeyId":"\#(id)","Plaintext":"x"}"#, "'Plaintext' is not base64"),
        (.decrypt, #"{"CiphertextBlob":"AA="}"#, "'CiphertextBlob' is not base64"),
        (.generateDataKey, #"{"KeyId":"\#(id)","NumberOfBytes":"32"}"#, "'NumberOfBytes' must be"),
        (.generateDataKey, #"{"KeyId":"\#(id)","NumberOfBytes":3.5}"#, "'NumberOfBytes' must be"),
        (
            .decrypt, #"{"CiphertextBlob":"AA==","EncryptionContext":{"a":1}}"#,
            "'EncryptionContext.a'"
        ),
        (
            .decrypt, #"{"CiphertextBlob":"AA==","EncryptionContext":[]}"#,
            "'EncryptionContext' must be"
        ),
        (.decrypt, #"{"CiphertextBlob":"AA==","DryRun":"true"}"#, "'DryRun' must be a boolean"),
        (.tagResource, #"{"KeyId":"\#(id)","Tags":{}}"#, "'Tags' must be a list"),
        (.tagResource, #"{"KeyId":"\#(id)","Tags":[{"TagKey":1}]}"#, "'Tags.1.TagKey' must be"),
        (.untagResource, #"{"KeyId":"\#(id)","TagKeys":["a",null]}"#, "'TagKeys.2' must be"),
    ])
    func `a wrong type is named with its member`(
        _ action: KeyAction, _ json: String, _ message: String
    ) throws {
        let error = try #require(refusal(action, json))
        #expect(error.code == .serialization)
        #expect(error.message.contains(message))
    }

    @Test(arguments: [
        (
            KeyAction.describeKey, "{}",
            "Value null at 'keyId' failed to satisfy constraint: Member must not be null"
        ),
        (.describeKey, #"{"KeyId":null}"#, "Value null at 'keyId'"),
        (
            .describeKey, #"{"KeyId":""}"#,
            "Value '' at 'keyId' failed to satisfy constraint: Member must have length greater than or equal to 1"
        ),
        (.encrypt, #"{"KeyId":"\#(id)"}"#, "Value null at 'plaintext'"),
        (
            .encrypt, #"{"KeyId":"\#(id)","Plaintext":""}"#,
            "at 'plaintext' failed to satisfy constraint: Member must have length greater"
        ),
        (.decrypt, "{}", "Value null at 'ciphertextBlob'"),
        (.decrypt, #"{"CiphertextBlob":""}"#, "at 'ciphertextBlob'"),
        (.generateDataKey, #"{"KeyId":"\#(id)"}"#, "either number of bytes or key spec"),
        (
            .generateDataKey, #"{"KeyId":"\#(id)","NumberOfBytes":32,"KeySpec":"AES_256"}"#,
            "either number of bytes or key spec"
        ),
        (
            .generateDataKey, #"{"KeyId":"\#(id)","NumberOfBytes":1025}"#,
            "1 validation error detected: Value '1025' at 'numberOfBytes' failed to satisfy constraint: Member must have value less than or equal to 1024"
        ),
        (.generateDataKey, #"{"KeyId":"\#(id)","NumberOfBytes":0}"#, "greater than or equal to 1"),
        (
            .generateDataKey, #"{"KeyId":"\#(id)","KeySpec":"AES_512"}"#,
            "enum value set: [AES_256, AES_128]"
        ),
        (.generateRandom, "{}", "Value null at 'numberOfBytes'"),
        (.generateRandom, #"{"NumberOfBytes":1025}"#, "at 'numberOfBytes'"),
        (.listKeys, #"{"Limit":0}"#, "at 'limit'"), (.listKeys, #"{"Limit":1001}"#, "at 'limit'"),
        (.listKeys, #"{"Marker":""}"#, "at 'marker'"),
        (.tagResource, #"{"KeyId":"\#(id)"}"#, "Value null at 'tags'"),
        (
            .tagResource, #"{"KeyId":"\#(id)","Tags":[{"TagKey":"","TagValue":""}]}"#,
            "at 'tags.1.TagKey'"
        ),
        (.updateKeyDescription, #"{"KeyId":"\#(id)"}"#, "Value null at 'description'"),
    ])
    func `a violated shape is told as AWS tells it`(
        _ action: KeyAction, _ json: String, _ message: String
    ) throws {
        let error = try #require(refusal(action, json))
        #expect(error.code == .validation)
        #expect(error.message.contains(message))
    }

    @Test func `lengths are counted where the model says`() {
        let long = String(repeating: "A", count: 8192)
        #expect(
            refusal(.encrypt, #"{"KeyId":"\#(Self.id)","Plaintext":"\#(long)"}"#)?.code
                == .validation)
        #expect(refusal(.decrypt, #"{"CiphertextBlob":"\#(long)"}"#) == nil)
        #expect(refusal(.decrypt, #"{"CiphertextBlob":"\#(long)AAAA"}"#)?.code == .validation)
        #expect(refusal(.createKey, #"{"Description":"\#(long)"}"#) == nil)
        #expect(refusal(.createKey, #"{"Description":"\#(long)A"}"#)?.code == .validation)
    }

    @Test(arguments: [
        (KeyAction.createKey, #"{"Origin":"EXTERNAL"}"#, KeyServiceError.Code.unsupportedOperation),
        (.createKey, #"{"KeyUsage":"SIGN_VERIFY"}"#, .unsupportedOperation),
        (.createKey, #"{"KeySpec":"RSA_2048"}"#, .unsupportedOperation),
        (.createKey, #"{"CustomerMasterKeySpec":"RSA_2048"}"#, .unsupportedOperation),
        (.createKey, #"{"MultiRegion":true}"#, .unsupportedOperation),
        (.createKey, #"{"Policy":"{}"}"#, .unsupportedOperation),
        (.createKey, #"{"CustomKeyStoreId":"cks-1"}"#, .unsupportedOperation),
        (.createKey, #"{"XksKeyId":"1"}"#, .unsupportedOperation),
        (
            .generateRandom, #"{"NumberOfBytes":1,"Recipient":{"KeyEncryptionAlgorithm":"x"}}"#,
            .unsupportedOperation
        ),
        (
            .generateRandom, #"{"NumberOfBytes":1,"CustomKeyStoreId":"cks-1"}"#,
            .unsupportedOperation
        ),
        (.decrypt, #"{"CiphertextBlob":"AA==","Recipient":{"a":"b"}}"#, .unsupportedOperation),
        (
            .decrypt, #"{"CiphertextBlob":"AA==","EncryptionAlgorithm":"RSAES_OAEP_SHA_1"}"#,
            .invalidKeyUsage
        ),
        (.decrypt, #"{"CiphertextBlob":"AA==","GrantTokens":["x"]}"#, .invalidGrantToken),
        (.describeKey, #"{"KeyId":"\#(id)","GrantTokens":["x"]}"#, .invalidGrantToken),
        (.describeKey, #"{"KeyId":"default"}"#, .notFound),
        (.describeKey, #"{"KeyId":"no-id"}"#, .notFound),
        (.describeKey, #"{"KeyId":"arn:ows:kms:x:1:key/1"}"#, .invalidARN),
        (.createAlias, #"{"AliasName":"orders","TargetKeyId":"\#(id)"}"#, .invalidAliasName),
    ])
    func `what is not served has an error of its own`(
        _ action: KeyAction, _ json: String, _ code: KeyServiceError.Code
    ) {
        #expect(refusal(action, json)?.code == code)
    }

    @Test(arguments: [
        (
            KeyAction.createKey,
            #"{"Origin":"OKMS","KeyUsage":"ENCRYPT_DECRYPT","MultiRegion":false}"#
        ),
        (
            .createKey,
            #"{"Origin":"AWS_KMS","KeySpec":"SYMMETRIC_DEFAULT","Tags":[],"Policy":null}"#
        ),
        (.decrypt, #"{"CiphertextBlob":"AA==","GrantTokens":[],"DryRun":false,"Recipient":null}"#),
        (.decrypt, #"{"CiphertextBlob":"AA==","EncryptionAlgorithm":"SYMMETRIC_DEFAULT"}"#),
        (.describeKey, #"{"KeyId":"alias/okms/default"}"#),
        (
            .generateDataKey,
            #"{"KeyId":"arn:aws:kms:eu-west-2:123456789012:key/\#(id)","KeySpec":"AES_128"}"#
        ),
    ])
    func `what is meant as usual is taken`(_ action: KeyAction, _ json: String) {
        #expect(refusal(action, json) == nil)
    }

    @Test(
        arguments: [
            (.encrypt, #""KeyId":"x","Plaintext":"%""#),
            (.encrypt, #""KeyId":"x","Plaintext":"AA==","EncryptionContext":[]"#),
            (.decrypt, #""KeyId":"x","CiphertextBlob":"%""#),
            (.decrypt, #""KeyId":"x","CiphertextBlob":"AA==","DryRun":1"#),
            (.reEncrypt, #""DestinationKeyId":"x","CiphertextBlob":"%""#),
            (
                .reEncrypt,
                #""SourceKeyId":"x","CiphertextBlob":"AA==","DestinationEncryptionContext":{"a":1}"#
            ),
            (.generateDataKey, #""KeyId":"x","NumberOfBytes":"32""#),
            (.generateDataKeyWithoutPlaintext, #""KeyId":"x","NumberOfBytes":32,"DryRun":"no""#),
        ] as [(KeyAction, String)])
    func `what is no message is told before a key that is none`(
        _ action: KeyAction, _ members: String
    ) {
        #expect(refusal(action, "{\(members)}")?.code == .serialization)
    }

    @Test func `unknown members are ignored, and told`() throws {
        let request = try read(.listKeys, #"{"Limit":1,"Newer":{"a":[1]},"\u212aeys":2}"#)
        #expect(request.unknownMembers == ["Newer", "\u{212a}eys"])
        #expect(try read(.listKeys, #"{"Newer":null}"#).unknownMembers.isEmpty)
    }

    @Test func `contexts keep their bytes`() throws {
        let request = try read(
            .decrypt,
            #"{"CiphertextBlob":"AA==","EncryptionContext":{"\u00e9":"1","e\u0301":"2"}}"#)
        let call = try #require(request.call as? DecryptCall)
        #expect(call.context.pairs.map(\.value) == [[0x32], [0x31]])
    }

    @Test func `no message holds a plaintext`() throws {
        let secret = "c2VjcmV0"
        for json in [
            #"{"KeyId":"x","Plaintext":"\#(secret)"}"#, #"{"Plaintext":"\#(secret)!"}"#,
            #"{"KeyId":"\#(Self.id)","Plaintext":"\#(secret)="}"#, #"{"Plaintext":"\#(secret)",}"#,
        ] {
            let error = try #require(refusal(.encrypt, json))
            #expect(!error.message.contains(secret))
        }
    }
}

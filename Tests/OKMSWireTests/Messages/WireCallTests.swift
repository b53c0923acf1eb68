import Foundation
import LibCrypto
import OKMS
import Testing

@testable import OKMSWire

/// Every action from client to service and back.
@Suite struct WireCallTests {
    let service: StubService
    let context: EncryptionContext

    init() throws {
        service = try StubService()
        context = try EncryptionContext([("e\u{301}", "1"), ("\u{e9}", "\"2\"\n")])
    }

    /// Writes the request, reads it as a server does, and returns what both sides then know.
    func send(_ call: some WireCall) throws -> (WireRequest, request: String, answer: [UInt8]) {
        let body = call.request(naming: .okms)
        let (request, written) = try body.withBytes { body throws(KeyServiceError) in
            (
                try WireRequest(call.action, body: body),
                String(decoding: body.indices.map { body[$0] }, as: UTF8.self)
            )
        }
        #expect(request.unknownMembers.isEmpty)
        #expect(request.call.subject == call.subject)
        let again = request.call.request(naming: .okms)
        let rewritten = again.withBytes { body in
            String(decoding: body.indices.map { body[$0] }, as: UTF8.self)
        }
        #expect(rewritten == written)
        let answer = try request.call.perform(on: service)
        return (
            request, written,
            answer.body.withBytes { body in body.indices.map { body[$0] } }
        )
    }

    @Test func `actions that answer nothing answer an empty object`() throws {
        let key = KeyName.arn(service.key)
        let calls: [any WireCall] = [
            EnableKeyCall(key), DisableKeyCall(key), UpdateKeyDescriptionCall(key, to: "\u{e9}"),
            TagResourceCall(key, tags: [KeyTag(key: "a", value: "")]),
            UntagResourceCall(key, keys: ["a", "b"]), CreateAliasCall(service.name, for: key),
            UpdateAliasCall(service.name, to: key), DeleteAliasCall(service.name),
            EnableKeyRotationCall(key, periodDays: 90), DisableKeyRotationCall(key),
        ]
        for call in calls { #expect(text(try send(call).answer) == "{}") }
    }

    @Test func `metadata crosses the wire, with a bare id`() throws {
        let tags = [KeyTag(key: "a", value: "1")]
        let created = try send(CreateKeyCall(description: "d", tags: tags))
        #expect(created.request == #"{"Description":"d","Tags":[{"TagKey":"a","TagValue":"1"}]}"#)
        let metadata = try CreateKeyCall.answer(created.answer.span)
        #expect(metadata == service.metadata)
        let described = try send(DescribeKeyCall(.accountDefault))
        #expect(described.request == #"{"KeyId":"alias/okms/default"}"#)
        #expect(try DescribeKeyCall.answer(described.answer.span) == metadata)
        #expect(
            text(described.answer)
                == #"{"KeyMetadata":{"AWSAccountId":"123456789012","KeyId":"\#(StubService.id)","#
                + #""Arn":"\#(StubService.arnText)","CreationDate":1767323045.25,"Enabled":true,"#
                + #""Description":"dé\"\u000a","KeyUsage":"ENCRYPT_DECRYPT","KeyState":"Enabled","#
                + #""Origin":"OKMS","KeyManager":"CUSTOMER","KeySpec":"SYMMETRIC_DEFAULT","#
                + #""CustomerMasterKeySpec":"SYMMETRIC_DEFAULT","#
                + #""EncryptionAlgorithms":["SYMMETRIC_DEFAULT"],"MultiRegion":false}}"#)
    }

    @Test func `lists and their markers cross the wire`() throws {
        let first = try send(ListKeysCall(limit: 10, marker: nil))
        #expect(
            try ListKeysCall.answer(first.answer.span) == Page([service.key], nextMarker: "next"))
        #expect(
            text(first.answer)
                == #"{"Keys":[{"KeyId":"\#(StubService.id)","KeyArn":"\#(StubService.arnText)"}],"#
                + #""NextMarker":"next","Truncated":true}"#)
        let last = try send(ListKeysCall(limit: nil, marker: "next"))
        #expect(text(last.answer).hasSuffix(#"],"Truncated":false}"#))
        let key = KeyName.id(service.key.key)
        #expect(
            try ListResourceTagsCall.answer(
                send(ListResourceTagsCall(key, limit: 5, marker: nil)).answer.span)
                == service.listResourceTags(key, limit: nil, marker: nil))
        #expect(
            try ListAliasesCall.answer(
                send(ListAliasesCall(of: key, limit: nil, marker: nil)).answer.span)
                == service.listAliases(of: nil, limit: nil, marker: nil))
        #expect(
            try ListKeyRotationsCall.answer(
                send(ListKeyRotationsCall(of: key, limit: nil, marker: nil)).answer.span)
                == service.listKeyRotations(of: key, limit: nil, marker: nil))
    }

    @Test func `deletion and rotation cross the wire`() throws {
        let key = KeyName.id(service.key.key)
        let schedule = ScheduleKeyDeletionCall(key, windowDays: 7)
        let scheduled = try send(schedule)
        #expect(
            try schedule.answer(scheduled.answer.span)
                == service.scheduleKeyDeletion(key, windowDays: 7))
        #expect(text(scheduled.answer).contains(#""DeletionDate":1767927845.5"#))
        #expect(
            try CancelKeyDeletionCall.answer(send(CancelKeyDeletionCall(key)).answer.span)
                == service.key)
        #expect(
            try RotateKeyOnDemandCall.answer(send(RotateKeyOnDemandCall(key)).answer.span)
                == service.key)
        #expect(
            try GetKeyRotationStatusCall.answer(send(GetKeyRotationStatusCall(key)).answer.span)
                == service.keyRotationStatus(of: key))
    }

    @Test func `cryptography crosses the wire, secrets in locked memory`() throws {
        let key = KeyName.arn(service.key)
        let encrypt = EncryptCall(secret("hello"), under: key, context: context, dryRun: false)
        #expect(encrypt.request(naming: .okms).holdsSecret)
        let encrypted = try send(encrypt)
        #expect(encrypted.request.hasSuffix(#","Plaintext":"aGVsbG8="}"#))
        #expect(
            try EncryptCall.answer(encrypted.answer.span)
                == WrappedDataKey(key: service.key, ciphertext: Array("hello".utf8)))

        let decrypt = DecryptCall([1, 2, 3, 255], under: nil, context: context, dryRun: false)
        #expect(try decrypt.perform(on: service).body.holdsSecret)
        let opened = try decrypt.answer(send(decrypt).answer.span)
        #expect(opened.plaintext.copy() == Array("plain".utf8))
        #expect(opened.wrapped == service.wrapped)

        let generate = GenerateDataKeyCall(
            byteCount: 33, under: key, context: .empty, dryRun: false)
        let answer = try generate.perform(on: service)
        #expect(answer.key == service.key && answer.body.holdsSecret)
        let made = try GenerateDataKeyCall.answer(send(generate).answer.span)
        #expect(made.plaintext.count == 33)

        let without = GenerateDataKeyWithoutPlaintextCall(
            byteCount: 1024, under: key, context: .empty, dryRun: false)
        #expect(
            try GenerateDataKeyWithoutPlaintextCall.answer(send(without).answer.span)
                == service.wrapped)
        let reEncrypt = ReEncryptCall(
            [9], from: key, context: .empty, under: .accountDefault, context: context,
            dryRun: false)
        #expect(
            try ReEncryptCall.answer(send(reEncrypt).answer.span)
                == ReEncryptedDataKey(source: service.key, wrapped: service.wrapped))
        let random = try GenerateRandomCall.answer(
            send(GenerateRandomCall(byteCount: 5)).answer.span)
        #expect(random.copy() == Array("rrrrr".utf8))
    }

    @Test func `dry runs reach the service`() throws {
        let key = KeyName.arn(service.key)
        let calls: [any WireCall] = [
            EncryptCall(secret("a"), under: key, context: context, dryRun: true),
            DecryptCall([1], under: nil, context: context, dryRun: true),
            ReEncryptCall(
                [9], from: key, context: .empty, under: key, context: context, dryRun: true),
            GenerateDataKeyCall(byteCount: 1, under: key, context: context, dryRun: true),
            GenerateDataKeyWithoutPlaintextCall(
                byteCount: 1, under: key, context: context, dryRun: true),
        ]
        for call in calls {
            let error = #expect(throws: KeyServiceError.self) { try send(call) }
            #expect(error?.code == .dryRunOperation)
        }
    }

    @Test func `ARNs are spelled for whom they are sent to`() {
        let call = EnableKeyCall(.arn(service.key))
        let amazon = call.request(naming: .aws).withBytes { body in
            String(decoding: body.indices.map { body[$0] }, as: UTF8.self)
        }
        #expect(amazon.contains("arn:aws:kms:"))
    }
}

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
        let again = request.call.request(naming: .okms)
        let rewritten = again.withBytes { body in
            String(decoding: body.indices.map { body[$0] }, as: UTF8.self)
        }
        #expect(rewritten == written)
        let answer = try request.call.perform(on: service)
        return (
            request, written,
            answer.withBytes { body in body.indices.map { body[$0] } }
        )
    }

    /// Sends a call and reads the answer as a client does.
    func reply<R: ~Copyable>(
        _ call: some WireCall, _ read: (Span<UInt8>) throws(KeyServiceError) -> R
    ) throws -> R {
        try self.read(send(call).answer, read)
    }

    func read<R: ~Copyable>(
        _ answer: [UInt8], _ read: (Span<UInt8>) throws(KeyServiceError) -> R
    ) throws -> R { try read(answer.span) }

    @Test func `actions that answer nothing answer an empty object`() throws {
        let key = KeyName.arn(service.key)
        let calls: [any WireCall] = [
            EnableKeyCall(key), DisableKeyCall(key), UpdateKeyDescriptionCall(key, to: "\u{e9}"),
            TagResourceCall(key, tags: [KeyTag(key: "a", value: "")]),
            UntagResourceCall(key, keys: ["a", "b"]), CreateAliasCall(service.name, for: key),
            UpdateAliasCall(service.name, for: key), DeleteAliasCall(service.name),
            EnableKeyRotationCall(key, periodDays: 90), DisableKeyRotationCall(key),
        ]
        for call in calls { #expect(text(try send(call).answer) == "{}") }
    }

    @Test func `metadata crosses the wire, with a bare id`() throws {
        let tags = [KeyTag(key: "a", value: "1")]
        let created = try send(CreateKeyCall(description: "d", tags: tags))
        #expect(created.request == #"{"Description":"d","Tags":[{"TagKey":"a","TagValue":"1"}]}"#)
        let metadata = try read(created.answer, CreateKeyCall.answer)
        #expect(metadata == service.metadata)
        let described = try send(DescribeKeyCall(.accountDefault))
        #expect(described.request == #"{"KeyId":"alias/okms/default"}"#)
        #expect(try read(described.answer, DescribeKeyCall.answer) == metadata)
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
            try read(first.answer, ListKeysCall.answer) == Page([service.key], nextMarker: "next"))
        #expect(
            text(first.answer)
                == #"{"Keys":[{"KeyId":"\#(StubService.id)","KeyArn":"\#(StubService.arnText)"}],"#
                + #""NextMarker":"next","Truncated":true}"#)
        let last = try send(ListKeysCall(limit: nil, marker: "next"))
        #expect(text(last.answer).hasSuffix(#"],"Truncated":false}"#))
        let key = KeyName.id(service.key.key)
        #expect(
            try reply(ListResourceTagsCall(key, limit: 5, marker: nil), ListResourceTagsCall.answer)
                == service.listResourceTags(key, limit: nil, marker: nil))
        #expect(
            try reply(ListAliasesCall(of: key, limit: nil, marker: nil), ListAliasesCall.answer)
                == service.listAliases(of: nil, limit: nil, marker: nil))
        #expect(
            try reply(
                ListKeyRotationsCall(of: key, limit: nil, marker: nil), ListKeyRotationsCall.answer)
                == service.listKeyRotations(of: key, limit: nil, marker: nil))
    }

    @Test func `deletion and rotation cross the wire`() throws {
        let key = KeyName.id(service.key.key)
        let schedule = ScheduleKeyDeletionCall(key, windowDays: 7)
        let scheduled = try send(schedule)
        #expect(
            try read(scheduled.answer, schedule.answer)
                == service.scheduleKeyDeletion(key, windowDays: 7))
        #expect(text(scheduled.answer).contains(#""DeletionDate":1767927845.5"#))
        #expect(
            try reply(CancelKeyDeletionCall(key), CancelKeyDeletionCall.answer)
                == service.key)
        #expect(
            try reply(RotateKeyOnDemandCall(key), RotateKeyOnDemandCall.answer)
                == service.key)
        #expect(
            try reply(GetKeyRotationStatusCall(key), GetKeyRotationStatusCall.answer)
                == service.keyRotationStatus(of: key))
    }

    @Test func `cryptography crosses the wire, secrets in locked memory`() throws {
        let key = KeyName.arn(service.key)
        let encrypt = EncryptCall(secret("hello"), under: key, context: context, dryRun: false)
        let request = encrypt.request(naming: .okms)
        let isLocked = request.holdsSecret
        #expect(isLocked)
        let encrypted = try send(encrypt)
        #expect(encrypted.request.hasSuffix(#","Plaintext":"aGVsbG8="}"#))
        #expect(
            try read(encrypted.answer, EncryptCall.answer)
                == WrappedDataKey(key: service.key, ciphertext: Array("hello".utf8)))

        let decrypt = DecryptCall([1, 2, 3, 255], under: nil, context: context, dryRun: false)
        let decrypted = try decrypt.perform(on: service)
        let answerIsLocked = decrypted.holdsSecret
        #expect(answerIsLocked)
        let opened = try reply(decrypt) { body throws(KeyServiceError) in try decrypt.answer(body) }
        let (plaintext, wrapped) = (opened.plaintext.copy(), opened.wrapped)
        #expect(plaintext == Array("plain".utf8))
        #expect(wrapped == service.wrapped)

        let generate = GenerateDataKeyCall(
            byteCount: 33, under: key, context: .empty, dryRun: false)
        let answer = try generate.perform(on: service)
        let keyIsLocked = answer.holdsSecret
        #expect(keyIsLocked)
        let made = try reply(generate, GenerateDataKeyCall.answer)
        let count = made.plaintext.count
        #expect(count == 33)

        let without = GenerateDataKeyWithoutPlaintextCall(
            byteCount: 1024, under: key, context: .empty, dryRun: false)
        #expect(
            try reply(without, GenerateDataKeyWithoutPlaintextCall.answer)
                == service.wrapped)
        let reEncrypt = ReEncryptCall(
            [9], from: key, context: .empty, under: .accountDefault, context: context,
            dryRun: false)
        #expect(
            try reply(reEncrypt, ReEncryptCall.answer)
                == ReEncryptedDataKey(source: service.key, wrapped: service.wrapped))
        let random = try reply(GenerateRandomCall(byteCount: 5), GenerateRandomCall.answer)
        let bytes = random.copy()
        #expect(bytes == Array("rrrrr".utf8))
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

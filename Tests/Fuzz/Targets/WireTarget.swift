import LibCrypto
import OKMS
import OKMSWire

extension FuzzTarget {
    /// Requests and answers of the protocol of AWS KMS: the first byte names the action, the rest is the
    /// body.
    static let wire = FuzzTarget(name: "wire", check: checkWire, seeds: wireSeeds)
}

@Sendable private func checkWire(_ input: [UInt8]) throws {
    guard let first = input.first else { return }
    let body = Array(input.dropFirst())
    let action = KeyAction.allCases[Int(first) % KeyAction.allCases.count]
    if let request = try? WireRequest(action, body: body.span) {
        try checkRequest(request, action)
    }
    readAnswer(body.span, of: action)
    let status = 400 + Int(first)
    let error = WireError.read(body.span, status: status)
    let again = WireError.read(WireError.body(error).span, status: status)
    try promise(
        again.code == error.code && !again.message.isEmpty,
        "an error that is sent on stays the same")
}

/// A request that is written again is read the same, and written the same.
private func checkRequest(_ request: WireRequest, _ action: KeyAction) throws {
    let written = bytes(of: request.call.request(naming: .okms))
    let again: WireRequest
    do {
        again = try WireRequest(action, body: written.span)
    } catch {
        throw BrokenPromise(description: "a request that is written again is refused: \(error)")
    }
    try promise(again.unknownMembers.isEmpty, "a request holds nothing unknown")
    try promise(
        bytes(of: again.call.request(naming: .okms)) == written,
        "a request that is written again is the same")
}

private func bytes(of body: borrowing MessageBody) -> [UInt8] {
    body.withBytes { bytes in bytes.indices.map { bytes[$0] } }
}

/// Whatever a service answers, the client has an answer or an error.
private func readAnswer(_ body: Span<UInt8>, of action: KeyAction) {
    switch action {
    case .createKey: _ = try? CreateKeyCall.answer(body)
    case .describeKey: _ = try? DescribeKeyCall.answer(body)
    case .listKeys: _ = try? ListKeysCall.answer(body)
    case .listAliases: _ = try? ListAliasesCall.answer(body)
    case .listResourceTags: _ = try? ListResourceTagsCall.answer(body)
    case .listKeyRotations: _ = try? ListKeyRotationsCall.answer(body)
    case .getKeyRotationStatus: _ = try? GetKeyRotationStatusCall.answer(body)
    case .rotateKeyOnDemand: _ = try? RotateKeyOnDemandCall.answer(body)
    case .cancelKeyDeletion: _ = try? CancelKeyDeletionCall.answer(body)
    case .encrypt: _ = try? EncryptCall.answer(body)
    case .reEncrypt: _ = try? ReEncryptCall.answer(body)
    case .generateDataKeyWithoutPlaintext:
        _ = try? GenerateDataKeyWithoutPlaintextCall.answer(body)
    case .generateDataKey: _ = (try? GenerateDataKeyCall.answer(body)) != nil
    case .generateRandom: _ = (try? GenerateRandomCall.answer(body)) != nil
    case .decrypt:
        let call = DecryptCall([1], under: nil, context: .empty, dryRun: false)
        _ = (try? call.answer(body)) != nil
    default: break
    }
}

@Sendable private func wireSeeds() throws -> [[UInt8]] {
    let id = "1234abcd-12ab-34cd-56ef-1234567890ab"
    let arn = "arn:ows:kms:eu-west-2:123456789012:key/\(id)"
    let plain: [KeyAction: String] = [
        .createKey: #""Description":"d\u00e9\n","Tags":[{"TagKey":"a","TagValue":""}]"#,
        .listKeys: #""Limit":5,"Marker":"next""#,
        .listAliases: #""KeyId":"\#(id)","Limit":5"#,
        .createAlias: #""AliasName":"alias/orders","TargetKeyId":"\#(id)""#,
        .updateAlias: #""AliasName":"alias/orders","TargetKeyId":"\#(arn)""#,
        .deleteAlias: #""AliasName":"alias/orders""#,
        .updateKeyDescription: #""KeyId":"\#(id)","Description":"""#,
        .scheduleKeyDeletion: #""KeyId":"\#(arn)","PendingWindowInDays":7"#,
        .tagResource: #""KeyId":"\#(id)","Tags":[{"TagKey":"a","TagValue":"1"}]"#,
        .untagResource: #""KeyId":"\#(id)","TagKeys":["a"]"#,
        .listResourceTags: #""KeyId":"\#(id)","Limit":1.0"#,
        .enableKeyRotation: #""KeyId":"\#(id)","RotationPeriodInDays":90"#,
        .listKeyRotations: #""KeyId":"\#(id)","Marker":"m""#,
        .encrypt: #""KeyId":"alias/orders","EncryptionContext":{"a":"b"},"Plaintext":"AQID""#,
        .decrypt: #""CiphertextBlob":"AQI=","KeyId":"\#(id)","EncryptionContext":{},"DryRun":true"#,
        .reEncrypt:
            #""CiphertextBlob":"AQ==","DestinationKeyId":"\#(id)","SourceEncryptionContext":{"a":"b"}"#,
        .generateDataKey: #""KeyId":"\#(id)","KeySpec":"AES_256""#,
        .generateDataKeyWithoutPlaintext: #""KeyId":"\#(arn)","NumberOfBytes":64"#,
        .generateRandom: #""NumberOfBytes":1"#,
    ]
    let metadata =
        #""KeyMetadata":{"KeyId":"\#(id)","Arn":"\#(arn)","CreationDate":1767323045.25,"#
        + #""Enabled":true,"KeyState":"Enabled","Description":"","Origin":"AWS_KMS"}"#
    let answers: [KeyAction: String] = [
        .createKey: metadata, .describeKey: metadata,
        .listKeys: #""Keys":[{"KeyId":"\#(id)","KeyArn":"\#(arn)"}],"Truncated":false"#,
        .listAliases:
            #""Aliases":[{"AliasName":"alias/orders","TargetKeyId":"\#(id)","#
            + #""AliasArn":"arn:ows:kms:eu-west-2:123456789012:alias/orders","CreationDate":1}]"#,
        .generateDataKey:
            #""KeyId":"\#(arn)","CiphertextBlob":"AQID","Plaintext":"AAAAAAAAAAAAAAAAAAAAAA==""#,
        .decrypt: #""KeyId":"\#(arn)","Plaintext":"AA\u003d=""#,
        .generateRandom: #""__type":"a#ThrottlingException:b","message":"slower","Plaintext":null"#,
    ]
    return KeyAction.allCases.enumerated().flatMap { number, action in
        [plain[action] ?? #""KeyId":"\#(id)""#, answers[action]].compactMap { body in
            body.map { [UInt8(number)] + Array("{\($0)}".utf8) }
        }
    }
}

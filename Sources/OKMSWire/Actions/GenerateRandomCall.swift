package import LibCrypto
package import OKMS

package struct GenerateRandomCall: WireCall {
    package static let action = KeyAction.generateRandom
    let byteCount: Int

    package init(byteCount: Int) { self.byteCount = byteCount }

    package init(_ members: inout MessageReader, _ body: Span<UInt8>) throws(KeyServiceError) {
        byteCount = try members.required(
            try members.integer(Member.numberOfBytes), Member.numberOfBytes)
        try members.check(byteCount, Member.numberOfBytes, isWithin: 1...1024)
        try members.refuse(["CustomKeyStoreId", "Recipient"])
    }

    package func request(naming keys: KeySpelling) -> MessageBody {
        var writer = MessageWriter()
        writer.put(Member.numberOfBytes, byteCount)
        return writer.body
    }

    package func perform(
        on service: any KeyManagementService
    ) throws(KeyServiceError) -> MessageBody {
        let random = try service.generateRandom(byteCount: byteCount)
        return MessageWriter().body(endingWith: Member.plaintext, random)
    }

    package static func answer(_ body: Span<UInt8>) throws(KeyServiceError) -> SecretBytes {
        var members = try MessageReader(body)
        return try members.required(
            try members.secret(Member.plaintext, in: body, lengths: 1...4096), Member.plaintext)
    }
}

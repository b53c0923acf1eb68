package import OKMS

package struct ListKeysCall: WireCall {
    package static let action = KeyAction.listKeys
    let limit: Int?
    let marker: String?

    package init(limit: Int?, marker: String?) {
        self.limit = limit
        self.marker = marker
    }

    package init(_ members: inout MessageReader, _ body: Span<UInt8>) throws(KeyServiceError) {
        limit = try members.limit()
        marker = try members.marker()
    }

    package func request(naming keys: KeySpelling) -> MessageBody {
        var writer = MessageWriter()
        writer.put(Member.limit, limit)
        writer.put(Member.marker, marker)
        return writer.body
    }

    package func perform(
        on service: any KeyManagementService
    ) throws(KeyServiceError) -> MessageBody {
        try service.listKeys(limit: limit, marker: marker).answer(Member.keys) { key, writer in
            writer.put(Member.keyID, key.key.description)
            writer.put(Member.keyARN, key.description)
        }
    }

    package static func answer(_ body: Span<UInt8>) throws(KeyServiceError) -> Page<KeyARN> {
        try Page(body, Member.keys) { key throws(KeyServiceError) in
            try key.keyARN(Member.keyARN)
        }
    }
}

package import OKMS

package struct ListKeyRotationsCall: WireCall {
    package static let action = KeyAction.listKeyRotations
    let key: KeyName
    let limit: Int?
    let marker: String?

    package init(of key: KeyName, limit: Int?, marker: String?) {
        self.key = key
        self.limit = limit
        self.marker = marker
    }

    package init(_ members: inout MessageReader, _ body: Span<UInt8>) throws(KeyServiceError) {
        key = try members.requiredKeyName()
        limit = try members.limit()
        marker = try members.marker()
        try members.refuse("IncludeKeyMaterial", unless: "ROTATIONS_ONLY")
    }

    package func request(naming keys: KeySpelling) -> MessageBody {
        var writer = MessageWriter()
        writer.put(Member.keyID, keys.text(of: key))
        writer.put(Member.limit, limit)
        writer.put(Member.marker, marker)
        return writer.body
    }

    package func perform(
        on service: any KeyManagementService
    ) throws(KeyServiceError) -> MessageBody {
        try service.listKeyRotations(of: key, limit: limit, marker: marker)
            .answer(Member.rotations) { rotation, writer in
                writer.put(Member.keyID, rotation.key.description)
                writer.put(Member.keyMaterialID, rotation.materialID)
                writer.put(Member.rotationDate, time: rotation.date)
                writer.put(Member.rotationType, rotation.cause.rawValue)
            }
    }

    /// Leaves out what is no rotation: the first material has no date.
    package static func answer(_ body: Span<UInt8>) throws(KeyServiceError) -> Page<KeyRotation> {
        try Page(body, Member.rotations) { rotation throws(KeyServiceError) in
            guard let date = try rotation.time(Member.rotationDate),
                let cause = KeyRotation.Cause(
                    rawValue: try rotation.text(Member.rotationType) ?? "")
            else { return nil }
            return KeyRotation(
                key: try rotation.keyARN(), date: date, cause: cause,
                materialID: try rotation.text(Member.keyMaterialID) ?? "")
        }
    }
}

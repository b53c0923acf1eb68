import OKMS

/// Lists in answers: the elements, `NextMarker` where there is more, and `Truncated`.
extension Page {
    func answer(
        _ member: String, _ write: (Element, inout MessageWriter) -> Void
    ) -> MessageBody {
        var writer = MessageWriter()
        writer.put(member, elements, write)
        writer.put(Member.nextMarker, nextMarker)
        writer.put(Member.truncated, nextMarker != nil)
        return writer.body
    }

    /// Elements that `read` gives nil for are left out.
    init(
        _ body: Span<UInt8>, _ member: String,
        _ read: (inout MessageReader) throws(KeyServiceError) -> Element?
    ) throws(KeyServiceError) {
        var members = try MessageReader(body)
        let elements = try members.required(try members.objects(member, read), member)
        let next = try members.text(Member.nextMarker)
        let isTruncated = try members.boolean(Member.truncated) ?? (next != nil)
        self.init(elements.compactMap { $0 }, nextMarker: isTruncated ? next : nil)
    }
}

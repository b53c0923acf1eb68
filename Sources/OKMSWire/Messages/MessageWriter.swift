import LibCrypto
import OKMS

/// Writes one JSON object, member by member. A secret is its last member.
struct MessageWriter {
    private var bytes: [UInt8] = [UInt8(ascii: "{")]

    init() { bytes.reserveCapacity(512) }

    mutating func put(_ member: String, _ text: String?) {
        guard let text else { return }
        begin(member)
        JSONEscape.append(text, to: &bytes)
    }

    mutating func put(_ member: String, _ number: Int?) {
        guard let number else { return }
        begin(member)
        bytes += "\(number)".utf8
    }

    /// A time, in seconds since 1970.
    mutating func put(_ member: String, time: Double?) {
        guard let time, time.isFinite else { return }
        begin(member)
        bytes += (Int(exactly: time).map { "\($0)" } ?? "\(time)").utf8
    }

    mutating func put(_ member: String, _ value: Bool) {
        begin(member)
        bytes += "\(value)".utf8
    }

    mutating func put(_ member: String, blob: [UInt8]) {
        begin(member)
        bytes.append(UInt8(ascii: "\""))
        Base64.append(blob.span, to: &bytes)
        bytes.append(UInt8(ascii: "\""))
    }

    /// Nothing for an empty context.
    mutating func put(_ member: String, _ context: EncryptionContext) {
        guard !context.isEmpty else { return }
        begin(member)
        bytes.append(UInt8(ascii: "{"))
        for (index, pair) in context.pairs.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            JSONEscape.append(String(decoding: pair.key, as: UTF8.self), to: &bytes)
            bytes.append(UInt8(ascii: ":"))
            JSONEscape.append(String(decoding: pair.value, as: UTF8.self), to: &bytes)
        }
        bytes.append(UInt8(ascii: "}"))
    }

    mutating func put(_ member: String, _ texts: [String]) {
        begin(member)
        bytes.append(UInt8(ascii: "["))
        for (index, text) in texts.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            JSONEscape.append(text, to: &bytes)
        }
        bytes.append(UInt8(ascii: "]"))
    }

    mutating func put<Element>(
        _ member: String, _ elements: [Element], _ write: (Element, inout MessageWriter) -> Void
    ) {
        begin(member)
        bytes.append(UInt8(ascii: "["))
        for (index, element) in elements.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            var inner = MessageWriter()
            write(element, &inner)
            bytes += inner.text
        }
        bytes.append(UInt8(ascii: "]"))
    }

    mutating func putObject(_ member: String, _ write: (inout MessageWriter) -> Void) {
        begin(member)
        var inner = MessageWriter()
        write(&inner)
        bytes += inner.text
    }

    /// The object as it is now.
    var text: [UInt8] { bytes + [UInt8(ascii: "}")] }

    var body: MessageBody { MessageBody(text) }

    /// The object with a secret as its last member, made in locked memory in one go.
    func body(endingWith member: String, _ secret: borrowing SecretBytes) -> MessageBody {
        var prefix = self
        prefix.begin(member)
        prefix.bytes.append(UInt8(ascii: "\""))
        let start = prefix.bytes
        let count = start.count + Base64.encodedCount(secret.count) + 2
        let whole = secret.withBytes { secret in
            SecretBytes(count: count) { bytes in
                for i in start.indices { bytes[i] = start[i] }
                Base64.encode(secret, into: &bytes, at: start.count)
                bytes[count - 2] = UInt8(ascii: "\"")
                bytes[count - 1] = UInt8(ascii: "}")
            }
        }
        return MessageBody(secret: whole)
    }

    private mutating func begin(_ member: String) {
        if bytes.count > 1 { bytes.append(UInt8(ascii: ",")) }
        JSONEscape.append(member, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
    }
}

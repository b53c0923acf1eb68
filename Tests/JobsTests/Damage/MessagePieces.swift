/// The fields of a message, by name, where they lie in its file.
/// Source: docs/formats/message.md.
struct MessagePieces {
    private(set) var pieces: [(name: String, range: Range<Int>)] = []
    private let bytes: [UInt8]

    init(of bytes: [UInt8], frameByteCount: Int) {
        self.bytes = bytes
        var at = 0
        func number(_ count: Int) -> Int {
            bytes[at..<at + count].reduce(0) { $0 << 8 | Int($1) }
        }
        func add(_ name: String, _ count: Int) -> (name: String, range: Range<Int>) {
            defer { at += count }
            return (name, at..<at + count)
        }
        for (name, count) in [("version", 1), ("suite", 2), ("message id", 32)] {
            pieces.append(add(name, count))
        }
        let context = number(2)
        pieces += [add("context length", 2), add("context", context), add("key count", 2)]
        for name in ["provider id", "provider info", "wrapped key"] {
            let count = number(2)
            pieces += [add("length of \(name)", 2), add(name, count)]
        }
        for (name, count) in [
            ("content type", 1), ("frame length", 4), ("commitment", 32), ("header tag", 16),
        ] { pieces.append(add(name, count)) }
        pieces.append(("header", 0..<at))
        let start = at
        let regular = (bytes.count - start - 40) / (frameByteCount + 32)
        // The first, one in the middle, the last.
        for frame in Set([0, regular / 2, regular - 1]).sorted() where 0..<regular ~= frame {
            at = start + frame * (frameByteCount + 32)
            let begin = at
            for (name, count) in [
                ("number", 4), ("IV", 12), ("ciphertext", frameByteCount), ("tag", 16),
            ] { pieces.append(add("\(name) of frame \(frame + 1)", count)) }
            pieces.append(("frame \(frame + 1)", begin..<at))
        }
        at = start + regular * (frameByteCount + 32)
        let begin = at
        for (name, count) in [("end marker", 4), ("last number", 4), ("last IV", 12)] {
            pieces.append(add(name, count))
        }
        let last = number(4)
        for (name, count) in [("last length", 4), ("last ciphertext", last), ("last tag", 16)] {
            pieces.append(add(name, count))
        }
        pieces += [("last frame", begin..<at), ("file", 0..<at)]
        precondition(at == bytes.count, "the file is the message")
    }
}

/// The values of a manifest, by the names of their members, where they lie in its text.
struct ManifestPieces {
    let pieces: [(name: String, range: Range<Int>)]

    init(of bytes: [UInt8]) {
        let text = String(decoding: bytes, as: UTF8.self)
        var found: [(name: String, range: Range<Int>)] = [("file", 0..<bytes.count)]
        for match in text.matches(of: /"(\w+)" : (?:"([^"]+)"|(\d+))/) {
            guard let value = match.2 ?? match.3 else { continue }
            let start = text.utf8.distance(from: text.startIndex, to: value.startIndex)
            found.append(
                ("\(match.1), \(found.count)", start..<start + value.utf8.count))
        }
        pieces = found
    }
}

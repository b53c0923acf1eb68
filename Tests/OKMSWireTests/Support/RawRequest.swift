import OKMSWire

/// A request as a vector writes it down.
struct RawRequest {
    var head: RequestHead
    var body: [UInt8]

    /// Lines that begin with a space go on where the line before ended.
    init(_ bytes: [UInt8]) {
        var lines: [[UInt8]] = []
        var rest = bytes[...]
        var body: [UInt8] = []
        while !rest.isEmpty {
            let end = rest.firstIndex(of: 0x0a) ?? rest.endIndex
            var line = Array(rest[rest.startIndex..<end])
            if line.last == 0x0d { line.removeLast() }
            rest = rest[min(end + 1, rest.endIndex)...]
            if line.isEmpty {
                body = Array(rest)
                break
            }
            if line[0] == 0x20 || line[0] == 0x09, !lines.isEmpty {
                lines[lines.count - 1] += [0x20] + line
            } else {
                lines.append(line)
            }
        }
        // The target may hold spaces itself.
        let first = text(lines[0])
        let method = first.prefix { $0 != " " }
        var target = first.dropFirst(method.count + 1)
        if let version = target.range(of: " HTTP/1.1") { target = target[..<version.lowerBound] }
        let path = target.prefix { $0 != "?" }
        let headers = lines.dropFirst().map { line in
            let colon = line.firstIndex(of: 0x3a) ?? line.endIndex
            return HeaderField(text(Array(line[..<colon])), text(Array(line[colon...].dropFirst())))
        }
        head = RequestHead(
            method: String(method), path: String(path),
            query: String(target.dropFirst(path.count + 1)), headers: headers)
        self.body = body
    }
}

extension Substring {
    fileprivate func range(of other: String) -> Range<Index>? {
        indices.first { self[$0...].hasPrefix(other) }
            .map { $0..<index($0, offsetBy: other.count) }
    }
}

private import Foundation

/// Catalog records as lines of JSON.
/// Source: docs/formats/catalog.md; names that are not UTF-8 stand in base64 under `…_base64`.
package enum CatalogLine {
    package static func append(_ record: CatalogRecord, to bytes: inout [UInt8]) {
        var json = JSONText(after: &bytes)
        json.object { json in
            switch record {
            case .header(let header):
                json.key("catalog")
                json.integer(CatalogHeader.version)
                json.key("archive")
                json.string(header.archiveID.utf8)
                json.key("codec")
                json.string(header.codec.utf8)
            case .part(let part):
                json.key("part")
                json.integer(part.number)
                json.key("message")
                json.string(part.message.utf8)
            case .chunk(let chunk):
                json.key("chunk")
                json.array { json in
                    for number in [
                        chunk.part, chunk.stored.lowerBound, chunk.stored.count,
                        chunk.tar.lowerBound, chunk.tar.count,
                    ] { json.integer(number) }
                }
            case .entry(let entry): append(entry, to: &json)
            case .note(let problem):
                json.key("note")
                json.string(problem.kind.rawValue.utf8)
                json.text("path", "path_base64", problem.path)
                json.key("detail")
                json.string(problem.detail.utf8)
            case .end(let end):
                json.key("end")
                json.array { json in
                    for number in [end.entries, end.chunks, end.tarByteCount] {
                        json.integer(number)
                    }
                }
            }
        }
        json.newline()
        bytes = json.bytes
    }

    private static func append(_ record: CatalogEntry, to json: inout JSONText) {
        let entry = record.entry
        json.key("type")
        json.string(entry.kind.name.utf8)
        json.text("path", "path_base64", entry.path)
        json.key("mode")
        json.integer(Int(entry.mode))
        json.key("uid")
        json.integer(Int(entry.userID))
        json.key("gid")
        json.integer(Int(entry.groupID))
        if !entry.userName.isEmpty { json.text("user", "user_base64", entry.userName) }
        if !entry.groupName.isEmpty { json.text("group", "group_base64", entry.groupName) }
        json.key("mtime")
        json.array { json in
            json.integer(entry.modified.seconds)
            json.integer(entry.modified.nanoseconds)
        }
        if entry.size > 0 {
            json.key("size")
            json.integer(entry.size)
        }
        json.key("header")
        json.integer(record.headerByteCount)
        switch entry.kind {
        case .symbolicLink(let target), .hardLink(let target):
            json.text("target", "target_base64", target)
        case .characterDevice(let device), .blockDevice(let device):
            json.key("device")
            json.array { json in
                json.integer(Int(device.major))
                json.integer(Int(device.minor))
            }
        default: break
        }
        if let extents = entry.extents {
            json.key("extents")
            json.array { json in
                for extent in extents {
                    json.array { json in
                        json.integer(extent.lowerBound)
                        json.integer(extent.count)
                    }
                }
            }
        }
        if !entry.attributes.isEmpty {
            json.key("attributes")
            json.array { json in
                for attribute in entry.attributes {
                    json.object { json in
                        json.text("name", "name_base64", attribute.name)
                        json.key("value_base64")
                        json.string(Data(attribute.value).base64EncodedString().utf8)
                    }
                }
            }
        }
    }

    /// The record of one line; nil if it is none.
    package static func parse(_ bytes: [UInt8], in range: Range<Int>) -> CatalogRecord? {
        var scanner = JSONScanner(bytes, in: range)
        var fields = Fields()
        do {
            try scanner.object { (key, scanner) throws(JSONScanner.Malformed) in
                try fields.scan(key, &scanner)
            }
            try scanner.finish()
        } catch {
            return nil
        }
        return fields.record
    }
}

extension JSONText {
    /// A string if the bytes are UTF-8, else their base64 under the other key.
    fileprivate mutating func text(
        _ name: StaticString, _ base64Name: StaticString, _ value: [UInt8]
    ) {
        if value.allSatisfy({ $0 < 0x80 }) || String(validating: value, as: UTF8.self) != nil {
            key(name)
            string(value)
        } else {
            key(base64Name)
            string(Data(value).base64EncodedString().utf8)
        }
    }
}

extension Entry.Kind {
    package var name: String {
        switch self {
        case .file: "file"
        case .directory: "directory"
        case .symbolicLink: "symlink"
        case .hardLink: "hardlink"
        case .fifo: "fifo"
        case .characterDevice: "character"
        case .blockDevice: "block"
        }
    }
}

/// The fields of a line, gathered before it is known what the line is.
private struct Fields {
    private typealias Malformed = JSONScanner.Malformed

    private var catalog: Int?
    private var archive: String?
    private var codec: String?
    private var part: Int?
    private var message: String?
    private var chunk: [Int]?
    private var end: [Int]?
    private var note: String?
    private var detail: String?
    private var type: String?
    private var path: [UInt8]?
    private var mode: Int?
    private var uid: Int?
    private var gid: Int?
    private var user: [UInt8]?
    private var group: [UInt8]?
    private var mtime: [Int]?
    private var size: Int?
    private var header: Int?
    private var target: [UInt8]?
    private var device: [Int]?
    private var extents: [Range<Int>]?
    private var attributes: [Entry.Attribute]?
    private var count = 0

    init() {}

    mutating func scan(_ key: String, _ json: inout JSONScanner) throws(JSONScanner.Malformed) {
        switch key {
        case "type": try Self.set(&type, try json.text())
        case "path": try Self.set(&path, try json.string())
        case "path_base64": try Self.set(&path, try json.base64())
        case "mode": try Self.set(&mode, try json.integer())
        case "uid": try Self.set(&uid, try json.integer())
        case "gid": try Self.set(&gid, try json.integer())
        case "user": try Self.set(&user, try json.string())
        case "user_base64": try Self.set(&user, try json.base64())
        case "group": try Self.set(&group, try json.string())
        case "group_base64": try Self.set(&group, try json.base64())
        case "mtime": try Self.set(&mtime, try json.integers())
        case "size": try Self.set(&size, try json.integer())
        case "header": try Self.set(&header, try json.integer())
        case "target": try Self.set(&target, try json.string())
        case "target_base64": try Self.set(&target, try json.base64())
        case "device": try Self.set(&device, try json.integers())
        case "extents": try Self.set(&extents, try json.extents())
        case "attributes": try Self.set(&attributes, try json.attributes())
        case "part": try Self.set(&part, try json.integer())
        case "message": try Self.set(&message, try json.text())
        case "chunk": try Self.set(&chunk, try json.integers())
        case "note": try Self.set(&note, try json.text())
        case "detail": try Self.set(&detail, try json.text())
        case "catalog": try Self.set(&catalog, try json.integer())
        case "archive": try Self.set(&archive, try json.text())
        case "codec": try Self.set(&codec, try json.text())
        case "end": try Self.set(&end, try json.integers())
        default: throw Malformed()
        }
        count += 1
    }

    /// A field stands in a line once, in one of its spellings.
    private static func set<Value>(
        _ field: inout Value?, _ value: Value
    ) throws(JSONScanner.Malformed) {
        guard field == nil else { throw Malformed() }
        field = value
    }

    var record: CatalogRecord? {
        if type != nil { return entry.map { .entry($0) } }
        if let chunk {
            guard count == 1, chunk.count == 5, chunk.allSatisfy({ 0..<Entry.sizeLimit ~= $0 })
            else {
                return nil
            }
            return .chunk(
                ChunkRecord(
                    part: chunk[0], stored: chunk[1]..<chunk[1] + chunk[2],
                    tar: chunk[3]..<chunk[3] + chunk[4]))
        }
        if let part, let message, 0..<1 << 24 ~= part, count == 2 {
            return .part(PartRecord(number: part, message: message))
        }
        if let note, let kind = ReadProblem.Kind(rawValue: note), let path, let detail, count == 3 {
            return .note(ReadProblem(path: path, kind: kind, detail: detail))
        }
        if let archive, let codec, catalog == CatalogHeader.version, count == 3 {
            return .header(CatalogHeader(archiveID: archive, codec: codec))
        }
        if let end, count == 1, end.count == 3, end.allSatisfy({ $0 >= 0 }) {
            return .end(CatalogEnd(entries: end[0], chunks: end[1], tarByteCount: end[2]))
        }
        return nil
    }

    private var entry: CatalogEntry? {
        guard let path, let kind, let mode = mode.flatMap(UInt32.init(exactly:)), mode <= 0o7777,
            let uid = uid.flatMap(UInt32.init(exactly:)),
            let gid = gid.flatMap(UInt32.init(exactly:)), let mtime, mtime.count == 2,
            0..<1_000_000_000 ~= mtime[1], let header, 0..<1 << 40 ~= header, header > 0,
            header % TarHeaderWriter.blockByteCount == 0
        else { return nil }
        let size = size ?? 0
        guard 0..<Entry.sizeLimit ~= size, (extents?.last?.upperBound ?? 0) <= size,
            kind == .file || size == 0 && extents == nil,
            part == nil, message == nil, chunk == nil, end == nil, note == nil, detail == nil,
            catalog == nil, archive == nil,
            codec == nil
        else { return nil }
        return CatalogEntry(
            entry: Entry(
                path: path, kind: kind, mode: mode, userID: uid, groupID: gid,
                userName: user ?? [], groupName: group ?? [],
                modified: Entry.Time(seconds: mtime[0], nanoseconds: mtime[1]),
                size: size, extents: extents, attributes: attributes ?? []),
            headerByteCount: header)
    }

    private var kind: Entry.Kind? {
        // No link leads to an empty name.
        if target == [] { return nil }
        switch (type, target, device) {
        case ("file", nil, nil): return .file
        case ("directory", nil, nil): return .directory
        case ("symlink", let target?, nil): return .symbolicLink(target: target)
        case ("hardlink", let target?, nil): return .hardLink(target: target)
        case ("fifo", nil, nil): return .fifo
        case ("character", nil, let device?), ("block", nil, let device?):
            guard device.count == 2, let major = UInt32(exactly: device[0]),
                let minor = UInt32(exactly: device[1])
            else { return nil }
            let device = Entry.Device(major: major, minor: minor)
            return type == "block" ? .blockDevice(device) : .characterDevice(device)
        default: return nil
        }
    }
}

extension JSONScanner {
    fileprivate mutating func text() throws(Malformed) -> String {
        String(decoding: try string(), as: UTF8.self)
    }

    fileprivate mutating func base64() throws(Malformed) -> [UInt8] {
        guard let data = Data(base64Encoded: Data(try string())) else { throw Malformed() }
        return Array(data)
    }

    fileprivate mutating func integers() throws(Malformed) -> [Int] {
        var numbers: [Int] = []
        try array { (json) throws(Malformed) in numbers.append(try json.integer()) }
        return numbers
    }

    fileprivate mutating func extents() throws(Malformed) -> [Range<Int>] {
        var extents: [Range<Int>] = []
        try array { (json) throws(Malformed) in
            let pair = try json.integers()
            guard pair.count == 2, pair.allSatisfy({ 0..<Entry.sizeLimit ~= $0 }), pair[1] > 0,
                pair[0] >= extents.last?.upperBound ?? 0
            else { throw Malformed() }
            extents.append(pair[0]..<pair[0] + pair[1])
        }
        return extents
    }

    fileprivate mutating func attributes() throws(Malformed) -> [Entry.Attribute] {
        var attributes: [Entry.Attribute] = []
        try array { (json) throws(Malformed) in
            var name: [UInt8]?
            var value: [UInt8]?
            try json.object { (key, json) throws(Malformed) in
                switch key {
                case "name" where name == nil: name = try json.string()
                case "name_base64" where name == nil: name = try json.base64()
                case "value_base64" where value == nil: value = try json.base64()
                default: throw Malformed()
                }
            }
            guard let name, Entry.Attribute.isName(name), let value else { throw Malformed() }
            attributes.append(Entry.Attribute(name: name, value: value))
        }
        return attributes
    }
}

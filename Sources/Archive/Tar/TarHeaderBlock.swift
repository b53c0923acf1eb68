/// A header block of a tar as `TarHeaderWriter` makes it.
///
/// | field | offset | bytes |
/// |---|---|---|
/// | name | 0 | 100 |
/// | mode, uid, gid | 100, 108, 116 | 8 each, octal |
/// | size, mtime | 124, 136 | 12 each, octal |
/// | checksum | 148 | 8: the sum of all bytes, these taken for blanks |
/// | type | 156 | 1 |
/// | link name | 157 | 100 |
/// | magic, version | 257 | 8: `ustar`, NUL, `00` |
/// | user, group | 265, 297 | 32 each |
/// | device numbers | 329, 337 | 8 each, octal |
/// | prefix of the name | 345 | 155 |
///
/// Source: POSIX.1-2017 pax, "ustar Interchange Format".
struct TarHeaderBlock {
    let type: UInt8
    let size: Int
    private let bytes: [UInt8]

    /// Nil for a block that is no header: another magic, or a wrong checksum.
    init?(_ bytes: [UInt8]) {
        guard bytes.count == TarHeaderWriter.blockByteCount,
            bytes[257..<265].elementsEqual(Array("ustar\0".utf8) + Array("00".utf8)),
            let checksum = Self.number(bytes[148..<156]),
            let size = Self.number(bytes[124..<136]), size >= 0
        else { return nil }
        var sum = 8 * Int(UInt8(ascii: " "))
        for index in bytes.indices where !(148..<156 ~= index) { sum += Int(bytes[index]) }
        guard sum == checksum else { return nil }
        type = bytes[156]
        self.size = size
        self.bytes = bytes
    }

    /// Octal digits, or big-endian behind a byte with its highest bit set.
    private static func number(_ field: ArraySlice<UInt8>) -> Int? {
        if let first = field.first, first & 0x80 != 0 {
            return field.dropFirst().suffix(8).reduce(0) { $0 << 8 | Int($1) }
        }
        let blanks: [UInt8] = [0, UInt8(ascii: " ")]
        let digits = field.drop { blanks.contains($0) }.prefix { !blanks.contains($0) }
        return digits.isEmpty ? 0 : Int(String(decoding: digits, as: UTF8.self), radix: 8)
    }

    private func text(_ range: Range<Int>) -> [UInt8] { Array(bytes[range].prefix { $0 != 0 }) }

    private func number(_ range: Range<Int>) -> Int? { Self.number(bytes[range]) }

    /// The entry that this header and the records before it describe; nil where that is none.
    func entry(with records: PaxRecords?, extents: [Range<Int>]?) -> Entry? {
        let prefix = text(345..<500)
        var path =
            records?.path ?? (prefix.isEmpty ? [] : prefix + [UInt8(ascii: "/")]) + text(0..<100)
        if path.last == UInt8(ascii: "/") { path.removeLast() }
        let target = records?.linkPath ?? text(157..<257)
        guard (try? EntryPath(path)) != nil, let mode = number(100..<108), 0...0o7777 ~= mode,
            let uid = UInt32(exactly: records?.userID ?? number(108..<116) ?? -1),
            let gid = UInt32(exactly: records?.groupID ?? number(116..<124) ?? -1),
            let modified = records?.modified
                ?? number(136..<148).map({ Entry.Time(seconds: $0, nanoseconds: 0) }),
            let kind = kind(target, records)
        else { return nil }
        let attributes = records?.attributes ?? []
        var entry = Entry(
            path: path, kind: kind, mode: UInt32(mode), userID: uid, groupID: gid,
            userName: records?.userName ?? text(265..<297),
            groupName: records?.groupName ?? text(297..<329), modified: modified,
            attributes: attributes)
        for attribute in attributes {
            entry.mode = PosixACL(attribute: attribute)?.maskedMode(entry.mode) ?? entry.mode
        }
        if kind == .file {
            entry.size = extents == nil ? records?.size ?? size : records?.sparseSize ?? 0
            entry.extents = extents
            guard 0..<Entry.sizeLimit ~= entry.size, extents?.last?.upperBound ?? 0 <= entry.size
            else {
                return nil
            }
        }
        return entry
    }

    private func kind(_ target: [UInt8], _ records: PaxRecords?) -> Entry.Kind? {
        func device() -> Entry.Device? {
            guard let major = UInt32(exactly: records?.deviceMajor ?? number(329..<337) ?? -1),
                let minor = UInt32(exactly: records?.deviceMinor ?? number(337..<345) ?? -1)
            else { return nil }
            return Entry.Device(major: major, minor: minor)
        }
        switch type {
        case UInt8(ascii: "0"), 0: return .file
        // No link leads to an empty name.
        case UInt8(ascii: "1"): return target.isEmpty ? nil : .hardLink(target: target)
        case UInt8(ascii: "2"): return target.isEmpty ? nil : .symbolicLink(target: target)
        case UInt8(ascii: "3"): return device().map { .characterDevice($0) }
        case UInt8(ascii: "4"): return device().map { .blockDevice($0) }
        case UInt8(ascii: "5"): return .directory
        case UInt8(ascii: "6"): return .fifo
        default: return nil
        }
    }
}

/// The records of an extended header, as far as `TarHeaderWriter` writes them; others are passed over.
///
///     length SP name = value LF
///
/// Source: POSIX.1-2017 pax, "pax Extended Header"; GNU tar manual, "PAX Format, Version 1.0"; the
/// names `SCHILY.…` are star's.
struct PaxRecords {
    private(set) var path: [UInt8]?
    private(set) var linkPath: [UInt8]?
    private(set) var userName: [UInt8]?
    private(set) var groupName: [UInt8]?
    private(set) var userID: Int?
    private(set) var groupID: Int?
    private(set) var size: Int?
    private(set) var modified: Entry.Time?
    private(set) var deviceMajor: Int?
    private(set) var deviceMinor: Int?
    private(set) var isSparse = false
    private(set) var sparseSize: Int?
    private(set) var attributes: [Entry.Attribute] = []
    private var sparsePath: [UInt8]?
    private var lists: [Entry.Attribute] = []

    /// Nil for what is not made of records.
    init?(parsing bytes: ArraySlice<UInt8>) {
        var rest = bytes
        while !rest.isEmpty {
            guard let space = rest.firstIndex(of: UInt8(ascii: " ")),
                let length = Int(String(decoding: rest[..<space], as: UTF8.self)),
                length > space - rest.startIndex + 1, length <= rest.count
            else { return nil }
            let record = rest[(space + 1)..<(rest.startIndex + length)]
            rest = rest.dropFirst(length)
            guard record.last == UInt8(ascii: "\n"),
                let equals = record.firstIndex(of: UInt8(ascii: "=")),
                set(Array(record[..<equals]), Array(record[(equals + 1)...].dropLast()))
            else { return nil }
        }
        if let sparsePath { path = sparsePath }
        // libarchive writes attributes in the reverse of the order in which it got them.
        attributes = attributes.reversed() + lists
    }

    /// False for a value that cannot be.
    private mutating func set(_ name: [UInt8], _ value: [UInt8]) -> Bool {
        let text = String(decoding: value, as: UTF8.self)
        switch String(decoding: name, as: UTF8.self) {
        case "path": path = value
        case "linkpath": linkPath = value
        case "uname": userName = value
        case "gname": groupName = value
        case "uid": return Self.set(&userID, text)
        case "gid": return Self.set(&groupID, text)
        case "size": return Self.set(&size, text)
        case "mtime":
            modified = PaxTime(text)?.time
            return modified != nil
        case "SCHILY.devmajor": return Self.set(&deviceMajor, text)
        case "SCHILY.devminor": return Self.set(&deviceMinor, text)
        case "GNU.sparse.major":
            isSparse = text == "1"
            return isSparse
        case "GNU.sparse.name": sparsePath = value
        case "GNU.sparse.realsize": return Self.set(&sparseSize, text)
        case "SCHILY.acl.access": return add(list: text, named: PosixACL.accessName)
        case "SCHILY.acl.default": return add(list: text, named: PosixACL.defaultName)
        default:
            let prefix = Array("SCHILY.xattr.".utf8)
            guard name.starts(with: prefix) else { return true }
            let attribute = Self.withoutEscapes(name.dropFirst(prefix.count))
            guard Entry.Attribute.isName(attribute) else { return false }
            attributes.append(Entry.Attribute(name: attribute, value: value))
        }
        return true
    }

    private mutating func add(list text: String, named name: [UInt8]) -> Bool {
        guard let value = PosixACL.value(ofText: text) else { return false }
        // It says what the mode says, and no system keeps it.
        if name == PosixACL.accessName, value.count == PosixACL.leastByteCount { return true }
        lists.append(Entry.Attribute(name: name, value: value))
        return true
    }

    private static func set(_ number: inout Int?, _ text: String) -> Bool {
        number = Int(text).flatMap { 0..<Entry.sizeLimit ~= $0 ? $0 : nil }
        return number != nil
    }

    /// libarchive writes bytes of an attribute's name that are not printable as `%` and two digits.
    private static func withoutEscapes(_ name: ArraySlice<UInt8>) -> [UInt8] {
        var result: [UInt8] = []
        var rest = name
        while let byte = rest.popFirst() {
            let digits = String(decoding: rest.prefix(2), as: UTF8.self)
            if byte == UInt8(ascii: "%"), digits.count == 2, let code = UInt8(digits, radix: 16) {
                result.append(code)
                rest = rest.dropFirst(2)
            } else {
                result.append(byte)
            }
        }
        return result
    }
}

internal import CLibArchive

/// A POSIX access control list as Linux keeps it in an extended attribute.
///
/// | field | bytes | meaning |
/// |---|---|---|
/// | version | 4 | 2, little-endian like all that follows |
/// | tag | 2 | for each entry: 1 owner, 2 user, 4 owning group, 8 group, 16 mask, 32 other |
/// | permissions | 2 | 4 read, 2 write, 1 execute |
/// | id | 4 | of the user or group; elsewhere all ones |
///
/// Source: linux/posix_acl_xattr.h; archive_entry_acl(3).
struct PosixACL {
    static let accessName = Array("system.posix_acl_access".utf8)
    static let defaultName = Array("system.posix_acl_default".utf8)

    /// Of a list of owner, owning group and others.
    static let leastByteCount = 4 + 3 * 8

    private let type: Int32
    private let entries: [(permissions: Int32, tag: Int32, id: Int32)]

    /// Nil for any other attribute, and for a list that is not well-formed.
    init?(attribute: Entry.Attribute) {
        switch attribute.name {
        case Self.accessName: type = ARCHIVE_ENTRY_ACL_TYPE_ACCESS
        case Self.defaultName: type = ARCHIVE_ENTRY_ACL_TYPE_DEFAULT
        default: return nil
        }
        let value = attribute.value
        func number(at offset: Int, count: Int) -> UInt32 {
            (0..<count).reduce(0) { $0 | UInt32(value[offset + $1]) << (8 * UInt32($1)) }
        }
        guard value.count >= 4, (value.count - 4) % 8 == 0, number(at: 0, count: 4) == 2 else {
            return nil
        }
        var entries: [(permissions: Int32, tag: Int32, id: Int32)] = []
        for offset in stride(from: 4, to: value.count, by: 8) {
            let tag: Int32
            switch number(at: offset, count: 2) {
            case 1: tag = ARCHIVE_ENTRY_ACL_USER_OBJ
            case 2: tag = ARCHIVE_ENTRY_ACL_USER
            case 4: tag = ARCHIVE_ENTRY_ACL_GROUP_OBJ
            case 8: tag = ARCHIVE_ENTRY_ACL_GROUP
            case 16: tag = ARCHIVE_ENTRY_ACL_MASK
            case 32: tag = ARCHIVE_ENTRY_ACL_OTHER
            default: return nil
            }
            entries.append(
                (
                    permissions: Int32(number(at: offset + 2, count: 2) & 7), tag: tag,
                    id: Int32(bitPattern: number(at: offset + 4, count: 4))
                ))
        }
        self.entries = entries
    }

    /// The permissions that a tar header has of a file with this list: those of owner, owning group
    /// and others. The system shows the mask in the group's place.
    func permissions(_ mode: UInt32) -> UInt32 {
        guard type == ARCHIVE_ENTRY_ACL_TYPE_ACCESS else { return mode }
        return entries.reduce(mode) { mode, item in
            let shift: UInt32
            switch item.tag {
            case ARCHIVE_ENTRY_ACL_USER_OBJ: shift = 6
            case ARCHIVE_ENTRY_ACL_GROUP_OBJ: shift = 3
            case ARCHIVE_ENTRY_ACL_OTHER: shift = 0
            default: return mode
            }
            return mode & ~(7 << shift) | UInt32(item.permissions) << shift
        }
    }

    /// The mode that the system shows of a file with this list: the mask in the owning group's place.
    func maskedMode(_ mode: UInt32) -> UInt32 {
        guard type == ARCHIVE_ENTRY_ACL_TYPE_ACCESS,
            let mask = entries.first(where: { $0.tag == ARCHIVE_ENTRY_ACL_MASK })
        else { return mode }
        return mode & ~(7 << 3) | UInt32(mask.permissions) << 3
    }

    /// The attribute's value for a list as a tar has it: entries like `user:name:rw-:1000`, separated
    /// by commas. Nil where it is none.
    static func value(ofText text: String) -> [UInt8]? {
        var items: [(tag: UInt32, id: UInt32, permissions: UInt32)] = []
        for item in text.split(separator: ",") {
            let fields = item.split(separator: ":", omittingEmptySubsequences: false)
            guard fields.count >= 3 else { return nil }
            var permissions: UInt32 = 0
            for (letter, bit) in [("r", 4), ("w", 2), ("x", 1)] as [(Character, UInt32)]
            where fields[2].contains(letter) { permissions |= bit }
            let isNamed = !fields[1].isEmpty
            let id = fields.count > 3 ? UInt32(fields[3]) : UInt32(fields[1])
            switch (fields[0], isNamed) {
            case ("user", false): items.append((1, .max, permissions))
            case ("group", false): items.append((4, .max, permissions))
            case ("mask", _): items.append((16, .max, permissions))
            case ("other", _): items.append((32, .max, permissions))
            case ("user", true), ("group", true):
                guard let id else { return nil }
                items.append((fields[0] == "user" ? 2 : 8, id, permissions))
            default: return nil
            }
        }
        guard isComplete(items.map { ($0.tag, $0.id) }) else { return nil }
        func bytes(_ number: UInt32, _ count: Int) -> [UInt8] {
            (0..<count).map { UInt8(truncatingIfNeeded: number >> (8 * UInt32($0))) }
        }
        // As the system wants them: by tag, then by id.
        items.sort { ($0.tag, $0.id) < ($1.tag, $1.id) }
        return bytes(2, 4)
            + items.flatMap { bytes($0.tag, 2) + bytes($0.permissions, 2) + bytes($0.id, 4) }
    }

    /// Whether the system would take it: one entry each for owner, owning group and others, a mask where
    /// users or groups are named, and none of anything twice. Source: acl(5), acl_valid(3).
    private static func isComplete(_ entries: [(tag: UInt32, id: UInt32)]) -> Bool {
        func count(_ tag: UInt32) -> Int { entries.count { $0.tag == tag } }
        let names = entries.filter { [2, 8].contains($0.tag) }.map {
            UInt64($0.tag) << 32 | UInt64($0.id)
        }
        return [1, 4, 32].allSatisfy { count($0) == 1 } && count(16) <= 1
            && (names.isEmpty || count(16) == 1) && Set(names).count == names.count
    }

    func add(to entry: OpaquePointer) {
        for item in entries {
            unsafe archive_entry_acl_add_entry(
                entry, type, item.permissions, item.tag, item.id, nil)
        }
    }
}

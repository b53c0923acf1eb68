private import CLinux
private import Glibc

/// Reads what else the file system knows about a file: attributes, ACLs, holes, names of owners.
extension FileDescriptor {
    /// The extended attributes, ACLs among them, in the order of their names.
    ///
    /// Empty where the file system has none. Source: flistxattr(2), fgetxattr(2).
    func attributes() -> [Entry.Attribute] {
        let size = flistxattr(number, nil, 0)
        guard size > 0 else { return [] }
        var names = [UInt8](repeating: 0, count: size)
        let listed = unsafe names.withUnsafeMutableBytes {
            unsafe flistxattr(number, $0.baseAddress, size)
        }
        guard listed > 0 else { return [] }
        return unsafe Self.collect(names[..<listed]) { name, value, count in
            unsafe fgetxattr(number, name, value, count)
        }
    }

    /// The extended attributes of a child that is not opened: a link, a FIFO, a device.
    func attributes(ofChild name: [UInt8]) -> [Entry.Attribute] {
        let path = Array("/proc/self/fd/\(number)/".utf8) + name
        return unsafe withName(path) { path in
            let size = unsafe llistxattr(path, nil, 0)
            guard size > 0 else { return [] }
            var names = [UInt8](repeating: 0, count: size)
            let listed = unsafe names.withUnsafeMutableBytes {
                unsafe llistxattr(path, $0.baseAddress, size)
            }
            guard listed > 0 else { return [] }
            return unsafe Self.collect(names[..<listed]) { name, value, count in
                unsafe lgetxattr(path, name, value, count)
            }
        }
    }

    private static func collect(
        _ names: ArraySlice<UInt8>,
        _ get: (UnsafePointer<CChar>, UnsafeMutableRawPointer?, Int) -> Int
    ) -> [Entry.Attribute] {
        names.split(separator: 0).compactMap { name -> Entry.Attribute? in
            let name = Array(name)
            return unsafe withName(name) { cName -> Entry.Attribute? in
                let size = unsafe get(cName, nil, 0)
                guard size >= 0 else { return nil }
                var value = [UInt8](repeating: 0, count: size)
                let got = unsafe value.withUnsafeMutableBytes {
                    unsafe get(cName, $0.baseAddress, size)
                }
                guard got >= 0 else { return nil }
                return Entry.Attribute(name: name, value: Array(value.prefix(got)))
            }
        }.sorted { $0.name.lexicographicallyPrecedes($1.name) }
    }

    /// Where a file of `size` bytes holds data; nil where the file system cannot say, or it has no
    /// hole. Source: lseek(2), SEEK_DATA.
    func extents(size: Int) -> [Range<Int>]? {
        var extents: [Range<Int>] = []
        var position = 0
        while position < size {
            let start = Int(lseek(number, off_t(position), linux_SEEK_DATA))
            if start < 0 {
                guard errno == ENXIO else { return nil }
                break
            }
            let end = Int(lseek(number, off_t(start), linux_SEEK_HOLE))
            guard start >= position, end > start else { return nil }
            if start >= size { break }
            extents.append(start..<min(end, size))
            position = end
        }
        return extents == [0..<size] ? nil : extents
    }
}

/// The names of users and groups, asked for once each.
/// Source: getpwuid_r(3), getgrgid_r(3).
struct OwnerNames {
    private var users: [UInt32: [UInt8]] = [:]
    private var groups: [UInt32: [UInt8]] = [:]

    mutating func user(_ id: UInt32) -> [UInt8] {
        if let known = users[id] { return known }
        var record = unsafe passwd()
        var found: UnsafeMutablePointer<passwd>?
        let name = unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 16 << 10) {
            guard let start = $0.baseAddress else { return [UInt8]() }
            unsafe getpwuid_r(id, &record, start, $0.count, &found)
            return unsafe found.map { unsafe Array(String(cString: $0.pointee.pw_name).utf8) } ?? []
        }
        users[id] = name
        return name
    }

    mutating func group(_ id: UInt32) -> [UInt8] {
        if let known = groups[id] { return known }
        var record = unsafe Glibc.group()
        var found: UnsafeMutablePointer<Glibc.group>?
        let name = unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 16 << 10) {
            guard let start = $0.baseAddress else { return [UInt8]() }
            unsafe getgrgid_r(id, &record, start, $0.count, &found)
            return unsafe found.map { unsafe Array(String(cString: $0.pointee.gr_name).utf8) } ?? []
        }
        groups[id] = name
        return name
    }
}

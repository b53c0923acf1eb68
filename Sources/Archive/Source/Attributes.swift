private import CLinux
private import Glibc

/// Reads what else the file system knows about a file: attributes, ACLs, holes, names of owners.
extension FileDescriptor {
    /// The extended attributes, ACLs among them, in the order of their names.
    ///
    /// Empty where the file system has none. `failure` gets the system's error number where some could not
    /// be read. Source: flistxattr(2), fgetxattr(2).
    func attributes(_ failure: (Int32) -> Void) -> [Entry.Attribute] {
        unsafe Self.collect(
            list: { unsafe flistxattr(number, $0, $1) },
            get: { unsafe fgetxattr(number, $0, $1, $2) }, failure)
    }

    /// The extended attributes of a child that is not opened: a link, a FIFO, a device.
    func attributes(
        ofChild name: [UInt8], _ failure: (Int32) -> Void
    ) -> [Entry.Attribute] {
        let path = Array("/proc/self/fd/\(number)/".utf8) + name
        return unsafe withName(path) { path in
            unsafe Self.collect(
                list: { unsafe llistxattr(path, $0, $1) },
                get: { unsafe lgetxattr(path, $0, $1, $2) }, failure)
        }
    }

    private static func collect(
        list: (UnsafeMutablePointer<CChar>?, Int) -> Int,
        get: (UnsafePointer<CChar>, UnsafeMutableRawPointer?, Int) -> Int,
        _ failure: (Int32) -> Void
    ) -> [Entry.Attribute] {
        let names = unsafe sized { bytes, count in
            unsafe list(bytes?.assumingMemoryBound(to: CChar.self), count)
        }
        guard let names = names.bytes else {
            if names.failure != ENOTSUP { failure(names.failure) }
            return []
        }
        return names.split(separator: 0).compactMap { name -> Entry.Attribute? in
            let name = Array(name)
            let value = unsafe withName(name) { name in
                unsafe sized { unsafe get(name, $0, $1) }
            }
            guard let bytes = value.bytes else {
                // Removed since it was listed.
                if value.failure != ENODATA { failure(value.failure) }
                return nil
            }
            return Entry.Attribute(name: name, value: bytes)
        }.sorted { $0.name.lexicographicallyPrecedes($1.name) }
    }

    /// What a call gives that tells its size when asked for no bytes, and may give more a moment later.
    private static func sized(
        _ call: (UnsafeMutableRawPointer?, Int) -> Int
    ) -> (bytes: [UInt8]?, failure: Int32) {
        while true {
            let size = call(nil, 0)
            guard size >= 0 else { return (nil, errno) }
            guard size > 0 else { return ([], 0) }
            var bytes = [UInt8](repeating: 0, count: size)
            let got = unsafe bytes.withUnsafeMutableBytes { unsafe call($0.baseAddress, size) }
            if got >= 0 { return (Array(bytes.prefix(got)), 0) }
            guard errno == ERANGE else { return (nil, errno) }
        }
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

private import Glibc

/// The names in a directory, in ascending byte order.
///
/// All names lie in one array, so that a directory of a million files costs about 30 bytes a file.
/// Source: readdir(3).
struct DirectoryListing {
    private var text: [UInt8] = []
    /// Where each name begins in `text`; it ends at a NUL. The byte before it is its type.
    private var starts: [Int32] = []

    var count: Int { starts.count }

    /// Reads the directory; nil, with `errno` set, where the system refuses.
    init?(of directory: FileDescriptor) {
        let copy = unsafe openat(directory.number, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard copy >= 0 else { return nil }
        guard let stream = unsafe fdopendir(copy) else {
            close(copy)
            return nil
        }
        defer { unsafe closedir(stream) }
        while true {
            errno = 0
            guard let item = unsafe readdir(stream) else { break }
            let name = unsafe nameBytes(of: item)
            text.append(unsafe item.pointee.d_type)
            let start = text.count
            unsafe text.append(contentsOf: name.prefix { $0 != 0 })
            let length = text.count - start
            let isDots = length <= 2 && text[start...].allSatisfy { $0 == UInt8(ascii: ".") }
            if isDots {
                text.removeLast(length + 1)
                continue
            }
            guard text.count < Int(Int32.max) else {
                errno = EOVERFLOW
                return nil
            }
            text.append(0)
            starts.append(Int32(start))
        }
        guard errno == 0 else { return nil }
        sort()
    }

    /// Whether the file system says that this is a plain file. Not all say, so false means nothing.
    func isKnownFile(at index: Int) -> Bool { text[Int(starts[index]) - 1] == UInt8(DT_REG) }

    func name(at index: Int) -> [UInt8] {
        let start = Int(starts[index])
        var end = start
        while text[end] != 0 { end += 1 }
        return Array(text[start..<end])
    }

    private mutating func sort() {
        unsafe text.withUnsafeBytes { text in
            guard let base = text.baseAddress else { return }
            starts.sort { a, b in
                // NUL sorts before every byte of a name, so strcmp compares the names as bytes.
                unsafe strcmp(
                    (base + Int(a)).assumingMemoryBound(to: CChar.self),
                    (base + Int(b)).assumingMemoryBound(to: CChar.self)) < 0
            }
        }
    }

    /// The name's field, up to the end of the record: glibc declares it longer than it is.
    private func nameBytes(of item: UnsafeMutablePointer<dirent>) -> UnsafeRawBufferPointer {
        let offset = MemoryLayout<dirent>.offset(of: \.d_name) ?? 19
        return unsafe UnsafeRawBufferPointer(
            start: UnsafeRawPointer(item) + offset, count: Int(item.pointee.d_reclen) - offset)
    }
}

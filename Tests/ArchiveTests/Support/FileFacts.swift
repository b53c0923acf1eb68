import CLinux
import Glibc

@testable import Archive

/// What the system says about a path, links not followed.
struct FileFacts: Equatable {
    let type: UInt32
    let mode: UInt32
    let userID: UInt32
    let groupID: UInt32
    let size: Int
    let modified: Entry.Time
    let device: Entry.Device
    let inode: UInt
    let linkCount: UInt
    /// Bytes that the file takes on disk.
    let allocated: Int

    /// Nil where there is nothing.
    init?(_ path: [UInt8]) {
        var status = stat()
        guard unsafe withName(path, { unsafe lstat($0, &status) }) == 0 else { return nil }
        type = status.st_mode & S_IFMT
        mode = status.st_mode & 0o7777
        userID = status.st_uid
        groupID = status.st_gid
        size = Int(status.st_size)
        modified = Entry.Time(
            seconds: status.st_mtim.tv_sec, nanoseconds: status.st_mtim.tv_nsec)
        device = Entry.Device(
            major: linux_major(UInt64(status.st_rdev)), minor: linux_minor(UInt64(status.st_rdev)))
        inode = UInt(status.st_ino)
        linkCount = UInt(status.st_nlink)
        allocated = Int(status.st_blocks) * 512
    }

    init?(_ path: String) { self.init(bytes(path)) }
}

func contents(of path: [UInt8]) -> [UInt8]? {
    let number = unsafe withName(path) { unsafe open($0, O_RDONLY | O_CLOEXEC) }
    guard number >= 0 else { return nil }
    let file = FileDescriptor(number)
    var result: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
        let count = unsafe read(file.number, &buffer, buffer.count)
        guard count >= 0 else { return nil }
        if count == 0 { return result }
        result += buffer.prefix(count)
    }
}

func contents(of path: String) -> [UInt8]? { contents(of: bytes(path)) }

func write(_ content: [UInt8], to path: [UInt8]) throws {
    let number = unsafe withName(path) {
        unsafe open($0, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    }
    guard number >= 0 else {
        throw ArchiveError.system(call: "create", path: display(path: path), errno: errno)
    }
    let file = FileDescriptor(number)
    guard unsafe Glibc.write(file.number, content, content.count) == content.count else {
        throw ArchiveError.system(call: "write", path: display(path: path), errno: errno)
    }
}

func write(_ text: String, to path: String) throws { try write(bytes(text), to: bytes(path)) }

func makeDirectory(_ path: String, mode: mode_t = 0o755) throws {
    guard unsafe mkdir(path, mode) == 0 else {
        throw ArchiveError.system(call: "mkdir", path: path, errno: errno)
    }
}

func link(target: [UInt8]) -> (String) throws -> Void {
    { path in
        let status = unsafe withName(target) { unsafe symlink($0, path) }
        if status != 0 { throw ArchiveError.system(call: "symlink", path: path, errno: errno) }
    }
}

func linkTarget(of path: [UInt8]) -> [UInt8]? {
    var target = [CChar](repeating: 0, count: 5000)
    let count = unsafe withName(path) { unsafe readlink($0, &target, target.count) }
    return count < 0 ? nil : target.prefix(count).map { UInt8(bitPattern: $0) }
}

/// The names in a directory, in byte order.
func names(in path: String) throws -> [[UInt8]] {
    let directory = try FileDescriptor.open(path, O_RDONLY | O_DIRECTORY)
    guard let listing = DirectoryListing(of: directory) else {
        throw ArchiveError.system(call: "list", path: path, errno: errno)
    }
    return (0..<listing.count).map { listing.name(at: $0) }
}

/// Whether the file system below a directory keeps a time as it is.
func keeps(_ time: Entry.Time, in directory: String) -> Bool {
    let path = bytes("\(directory)/probe")
    defer { unsafe withName(path) { _ = unsafe unlink($0) } }
    guard (try? write([], to: path)) != nil else { return false }
    let times = [timespec(tv_sec: time.seconds, tv_nsec: time.nanoseconds)]
    let status = unsafe withName(path) {
        unsafe utimensat(AT_FDCWD, $0, times + times, 0)
    }
    return status == 0 && FileFacts(path)?.modified == time
}

/// Whether the file system below a directory keeps extended attributes and ACLs.
func keepsAttributes(in directory: String) -> Bool {
    let path = bytes("\(directory)/probe")
    defer { unsafe withName(path) { _ = unsafe unlink($0) } }
    guard (try? write([], to: path)) != nil else { return false }
    return [Entry.Attribute(name: bytes("user.probe"), value: [1]), Sample.accessList].allSatisfy {
        attribute in
        unsafe withName(path) { path in
            unsafe withName(attribute.name) { name in
                unsafe lsetxattr(path, name, attribute.value, attribute.value.count, 0) == 0
            }
        }
    }
}

/// The same of the file system that these tests work on.
let keepsAttributesHere = (try? withTemporaryDirectory(keepsAttributes(in:))) == true

func attributes(of path: [UInt8]) throws -> [Entry.Attribute] {
    guard let slash = path.lastIndex(of: 0x2f) else { return [] }
    let parent = try FileDescriptor.open(
        String(decoding: path[..<slash], as: UTF8.self), O_RDONLY | O_DIRECTORY)
    return parent.attributes(ofChild: Array(path[(slash + 1)...])) { _ in }
}

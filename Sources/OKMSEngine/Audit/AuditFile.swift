private import Glibc
private import SystemIO

/// One file of the audit trail, open.
///
/// Sendable: it holds a descriptor and nothing else, and closes it with its last reference.
final class AuditFile: Sendable {
    private let descriptor: CInt
    private let path: String

    /// Makes the file for its owner alone, if it is not there, and has its name on disk.
    init(appendingTo path: String) throws(AuditError) {
        var descriptor = unsafe open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW)
        if descriptor < 0, errno == ENOENT {
            descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
            if descriptor >= 0 {
                let directory = Directory.containing(path)
                directory.giveToOwner(descriptor)
                try? directory.sync()
            }
        }
        guard descriptor >= 0 else { throw .cannotOpen(path: path, reason: systemMessage(errno)) }
        self.descriptor = descriptor
        self.path = path
    }

    init(reading path: String) throws(AuditError) {
        descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { throw .cannotOpen(path: path, reason: systemMessage(errno)) }
        self.path = path
    }

    /// Nil if there is no such file.
    convenience init?(readingIfThere path: String) throws(AuditError) {
        guard unsafe access(path, F_OK) == 0 || errno != ENOENT else { return nil }
        try self.init(reading: path)
    }

    deinit { close(descriptor) }

    static func rename(_ old: String, to new: String, in directory: String) throws(AuditError) {
        guard unsafe Glibc.rename(old, new) == 0 else {
            throw .cannotWrite(path: old, reason: systemMessage(errno))
        }
        do throws(StoreError) {
            try Directory(path: directory).sync()
        } catch {
            throw .cannotWrite(path: new, reason: "\(error)")
        }
    }

    /// Waits for the lock; `shared` among readers.
    func lock(shared: Bool = false) throws(AuditError) {
        while flock(descriptor, shared ? LOCK_SH : LOCK_EX) != 0 {
            guard errno == EINTR else {
                throw .cannotOpen(path: path, reason: systemMessage(errno))
            }
        }
    }

    func unlock() { flock(descriptor, LOCK_UN) }

    /// How long the file is, if the path still leads to it: another process may have given it
    /// another name. Nil if it does not.
    func byteCountIfNamed() throws(AuditError) -> Int64? {
        try isNamed(path) ? byteCount() : nil
    }

    /// Whether a path leads to this file.
    func isNamed(_ path: String) throws(AuditError) -> Bool {
        let mine = try status()
        var named = stat()
        return unsafe stat(path, &named) == 0 && mine.st_ino == named.st_ino
            && mine.st_dev == named.st_dev
    }

    func byteCount() throws(AuditError) -> Int64 { Int64(try status().st_size) }

    private func status() throws(AuditError) -> stat {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else {
            throw .cannotRead(path: path, reason: systemMessage(errno))
        }
        return status
    }

    func write(_ bytes: [UInt8], at offset: Int64) throws(AuditError) {
        let failure = Transfer.write(bytes.span, to: descriptor, at: Int(offset))
        guard failure == 0 else {
            throw .cannotWrite(path: path, reason: systemMessage(failure))
        }
    }

    func sync() throws(AuditError) {
        while fdatasync(descriptor) != 0 {
            guard errno == EINTR else {
                throw .cannotWrite(path: path, reason: systemMessage(errno))
            }
        }
    }

    /// As far as possible: whoever reads next cuts off a torn line anyway.
    func truncate(to count: Int64) {
        _ = ftruncate(descriptor, off_t(count))
    }

    func read(at offset: Int64, count: Int) throws(AuditError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var span = bytes.mutableSpan
        let (done, failure) = Transfer.read(descriptor, at: Int(offset), into: &span)
        guard failure == 0 else {
            throw .cannotRead(path: path, reason: systemMessage(failure))
        }
        return Array(bytes.prefix(done))
    }

    /// The last whole line. Nil if there is none.
    func lastLine(byteCount: Int64, path: String) throws(AuditError) -> AuditEnd? {
        let count = Int(min(byteCount, Int64(2 * AuditLine.maximumByteCount)))
        let tail = try read(at: byteCount - Int64(count), count: count)
        guard let end = tail.lastIndex(of: 0x0a) else {
            guard Int64(count) == byteCount else {
                throw .damaged(path: path, reason: "its end has no line")
            }
            return nil
        }
        let start = tail[..<end].lastIndex(of: 0x0a).map { $0 + 1 } ?? 0
        guard start > 0 || Int64(count) == byteCount, let line = AuditLine(tail[start..<end]) else {
            throw .damaged(path: path, reason: "its last line is not what was written")
        }
        return AuditEnd(
            file: self, byteCount: byteCount - Int64(tail.count) + Int64(end) + 1,
            line: Array(tail[start...end]), sequence: line.sequence, hash: line.hash)
    }
}

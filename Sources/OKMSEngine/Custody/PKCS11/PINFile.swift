private import Glibc
import LibCrypto
import SystemIO

/// The file that holds a token's user PIN: one line, which only its owner may read.
///
/// It is read at every login and never kept, so that a PIN can be changed under a running service.
package struct PINFile: Hashable, Sendable {
    package static let byteCounts = 1...255

    package let path: String
    /// systemd lets a service read its credentials by an access list, whose mask shows up in the
    /// mode as if the group could read.
    private let exposure: mode_t

    /// A file of mode 0600 or 0400.
    package init(path: String) {
        self.path = path
        exposure = 0o077
    }

    /// A credential that systemd passes (`LoadCredential=` in a unit): the file of that name in
    /// `directory`, which the service finds in `CREDENTIALS_DIRECTORY`.
    /// Source: systemd.exec(5).
    package init(credential name: String, in directory: String) {
        path = "\(directory)/\(name)"
        exposure = 0o037
    }

    /// What is told apart after a PIN was refused: the same file would be refused again, and count
    /// towards the limit at which a token locks itself.
    struct Version: Hashable {
        let inode: UInt64
        let seconds: Int
        let nanoseconds: Int
    }

    struct Content: ~Copyable {
        let pin: SecretBytes
        let version: Version
    }

    /// Why no PIN could be read. Says nothing about what the file holds.
    struct Unreadable: Error, CustomStringConvertible {
        let description: String
        /// Whether there is no PIN to read, rather than one that may not be read.
        let isMissing: Bool
    }

    /// Reads the PIN, without the line's end, straight into locked memory.
    func load() throws(Unreadable) -> Content {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            let isMissing = errno == ENOENT || errno == ENOTDIR
            throw unreadable(systemMessage(errno), isMissing: isMissing)
        }
        defer { close(descriptor) }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else {
            throw unreadable(systemMessage(errno))
        }
        guard status.st_mode & S_IFMT == S_IFREG else { throw unreadable("not a regular file") }
        guard status.st_mode & exposure == 0 else {
            throw Unreadable(
                description: "the PIN file \(path) is open to its group or to others; "
                    + "run chmod 600 on it", isMissing: false)
        }
        let byteCount = Int(status.st_size)
        guard 1...(Self.byteCounts.upperBound + 2) ~= byteCount else { throw malformed() }
        var isRead = false
        let content = SecretBytes(count: byteCount) { content in
            isRead = unsafe content.withUnsafeMutableBytes { buffer in
                unsafe read(descriptor, buffer.baseAddress, buffer.count) == buffer.count
            }
        }
        guard isRead else { throw unreadable("it changed while it was read") }
        let pinByteCount = content.withBytes { bytes in
            var count = bytes.count
            if count > 0, bytes[count - 1] == UInt8(ascii: "\n") { count -= 1 }
            if count > 0, bytes[count - 1] == UInt8(ascii: "\r") { count -= 1 }
            for i in 0..<count where bytes[i] < 0x20 { return 0 }
            return count
        }
        guard Self.byteCounts ~= pinByteCount else { throw malformed() }
        let pin = SecretBytes(count: pinByteCount) { pin in
            content.withBytes { content in
                for i in 0..<pinByteCount { pin[i] = content[i] }
            }
        }
        return Content(pin: pin, version: Self.version(of: status))
    }

    private static func version(of status: stat) -> Version {
        Version(
            inode: UInt64(status.st_ino), seconds: status.st_mtim.tv_sec,
            nanoseconds: status.st_mtim.tv_nsec)
    }

    private func unreadable(_ reason: String, isMissing: Bool = false) -> Unreadable {
        Unreadable(
            description: "cannot read the PIN file \(path): \(reason)", isMissing: isMissing)
    }

    private func malformed() -> Unreadable {
        Unreadable(
            description: "the PIN file \(path) must hold one line of "
                + "\(Self.byteCounts.lowerBound) to \(Self.byteCounts.upperBound) bytes: the PIN",
            isMissing: true)
    }
}

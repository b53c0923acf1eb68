import Glibc
package import LibCrypto
import SystemIO

/// Secrets, or bytes that may be one, that come in by standard input.
package enum SecretInput {
    /// Reads standard input to its end, into locked memory and nowhere else.
    ///
    /// Throws a usage error for nothing, or for more than `limit` bytes.
    package static func read(limit: Int) throws -> SecretBytes {
        var count = 0
        let room = try SecretBytes(count: limit + 1) { bytes in
            count = try fill(&bytes)
        }
        guard count > 0 else { throw JobError(.usage, "standard input is empty") }
        guard count <= limit else {
            throw JobError(.usage, "standard input has more than \(limit) bytes")
        }
        return room.withBytes { room in
            SecretBytes(count: count) { bytes in
                for i in 0..<count { bytes[i] = room[i] }
            }
        }
    }

    private static func fill(_ bytes: inout MutableSpan<UInt8>) throws -> Int {
        let (count, number) = Transfer.read(0, into: &bytes)
        guard number == 0 else {
            throw JobError(.failed, "standard input: \(systemMessage(number))")
        }
        return count
    }
}

/// Where a secret goes: standard output, or a new file that only its owner may read.
package enum SecretOutput {
    package static func write(_ secret: borrowing SecretBytes) throws {
        try write(secret, to: 1, named: "standard output")
    }

    /// A file that is not there yet; it disappears again if it cannot be written whole.
    package static func write(_ secret: borrowing SecretBytes, toNewFile path: String) throws {
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW
        let file = unsafe open(path, flags, 0o600)
        guard file >= 0 else {
            guard errno != EEXIST else {
                throw JobError(.usage, "\(path) exists already", hint: "name a new file")
            }
            throw JobError(.failed, "\(path): \(systemMessage(errno))")
        }
        defer { close(file) }
        do {
            try write(secret, to: file, named: path)
            guard fsync(file) == 0 else {
                throw JobError(.failed, "\(path): \(systemMessage(errno))")
            }
        } catch {
            unsafe unlink(path)
            throw error
        }
    }

    private static func write(
        _ secret: borrowing SecretBytes, to descriptor: Int32, named name: String
    ) throws {
        let number = secret.withBytes { Transfer.write($0, to: descriptor) }
        guard number == 0 else {
            throw JobError(
                isOutOfSpace(number) ? .exhausted : .failed,
                "\(name): \(systemMessage(number))")
        }
    }
}

import LibCrypto
private import Glibc
import SystemIO

/// A small file read straight into locked memory. Source: open(2), read(2).
enum SecretFile {
    static let byteLimit = 1 << 18

    enum Problem: Error {
        case missing
        case system(Int32)
        case tooLarge
        case empty

        var reason: String {
            switch self {
            case .missing: "there is no such file"
            case .system(let number):
                systemMessage(number)
            case .tooLarge: "it has more than \(SecretFile.byteLimit) bytes"
            case .empty: "it is empty"
            }
        }
    }

    static func read(_ path: String) throws(Problem) -> SecretBytes {
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else {
            let number = errno
            throw number == ENOENT || number == ENOTDIR ? .missing : .system(number)
        }
        defer { close(file) }
        var count = 0
        var failure: Int32 = 0
        let buffer = SecretBytes(count: byteLimit + 1) { bytes in
            (count, failure) = Transfer.read(file, into: &bytes)
        }
        guard failure == 0 else { throw .system(failure) }
        guard count > 0 else { throw .empty }
        guard count <= byteLimit else { throw .tooLarge }
        return buffer.slice(0..<count)
    }
}

extension SecretBytes {
    /// A copy of some of the bytes, at least one.
    borrowing func slice(_ range: Range<Int>) -> SecretBytes {
        withBytes { bytes in
            SecretBytes(count: range.count) { copy in
                for (to, from) in range.enumerated() { copy[to] = bytes[from] }
            }
        }
    }

    /// Where the bytes stand without white space at both ends; empty if there is nothing else.
    borrowing func trimmedRange(in range: Range<Int>) -> Range<Int> {
        withBytes { bytes in
            var range = range
            while let first = range.first, Self.isSpace(bytes[first]) {
                range = (first + 1)..<range.upperBound
            }
            while let last = range.last, Self.isSpace(bytes[last]) {
                range = range.lowerBound..<last
            }
            return range
        }
    }

    /// Not secret: names, ids.
    borrowing func openText(_ range: Range<Int>) -> String {
        withBytes { bytes in String(decoding: range.map { bytes[$0] }, as: UTF8.self) }
    }

    private static func isSpace(_ byte: UInt8) -> Bool { [0x20, 0x09, 0x0a, 0x0d].contains(byte) }
}

import Foundation
import Glibc

/// Something that must be nowhere in memory.
struct Secret {
    let name: String
    let bytes: [UInt8]
}

/// Looks for secrets in the memory of a process, or in a core.
///
/// Each is looked for in pieces of 16 bytes: memory that was given back has its first bytes overwritten,
/// and a copy without them is a copy.
/// Source: proc_pid_maps(5), proc_pid_mem(5).
struct MemoryScan {
    private static let pieceByteCount = 16
    private static let windowByteCount = 1 << 20

    /// An extension of GNU's, which Swift does not see. Source: memmem(3).
    private static let find = unsafe unsafeBitCast(
        dlsym(nil, "memmem"),
        to: (@convention(c) (UnsafeRawPointer, Int, UnsafeRawPointer, Int) -> UnsafeRawPointer?)
            .self)

    private let pieces: [(name: String, bytes: [UInt8])]
    private(set) var found: Set<String> = []

    init(for secrets: [Secret]) {
        pieces = secrets.flatMap { secret in
            let starts = stride(
                from: 0, through: secret.bytes.count - Self.pieceByteCount, by: Self.pieceByteCount)
            return starts.map { start in
                (secret.name, Array(secret.bytes[start..<start + Self.pieceByteCount]))
            }
        }
    }

    /// What is found in all memory that the process could read, and in which mappings.
    static func find(_ secrets: [Secret], inProcess process: Int32) throws -> Set<String> {
        let memory = try FileHandle(forReadingFrom: URL(fileURLWithPath: "/proc/\(process)/mem"))
        let maps = try String(contentsOfFile: "/proc/\(process)/maps", encoding: .utf8)
        var scan = MemoryScan(for: secrets)
        for line in maps.split(separator: "\n") {
            let fields = line.split(separator: " ", maxSplits: 5)
            let ends = fields[0].split(separator: "-").compactMap { Int($0, radix: 16) }
            let name = fields.count > 5 ? fields[5].trimmingCharacters(in: .whitespaces) : "no name"
            // Of the system's own, which hold its clock.
            guard fields[1].hasPrefix("r"), !name.hasPrefix("[v"), ends.count == 2 else { continue }
            scan.look(
                at: memory.fileDescriptor, from: ends[0], to: ends[1],
                named: "\(name) (\(fields[1]))")
        }
        return scan.found
    }

    static func find(_ secrets: [Secret], inFile path: String) throws -> Set<String> {
        let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
        var scan = MemoryScan(for: secrets)
        scan.look(
            at: file.fileDescriptor, from: 0, to: Int(try file.seekToEnd()), named: "the core")
        return scan.found
    }

    /// What cannot be read (pages of a device, a file that was cut) is passed over.
    private mutating func look(at file: Int32, from start: Int, to end: Int, named name: String) {
        let window = UnsafeMutableRawPointer.allocate(
            byteCount: Self.windowByteCount, alignment: 16)
        defer { unsafe window.deallocate() }
        var place = start
        while place < end {
            let count = unsafe pread(
                file, window, min(Self.windowByteCount, end - place), off_t(place))
            guard count > 0 else { return }
            for piece in pieces {
                if unsafe Self.find(window, count, piece.bytes, piece.bytes.count) != nil {
                    found.insert("\(piece.name) in \(name)")
                }
            }
            // Windows overlap, for what lies across their border.
            place += count < Self.windowByteCount ? count : count - Self.pieceByteCount + 1
        }
    }
}

import Archive
import Foundation
import Glibc
import Storage

/// What is proved of a job's output before its first byte is read.
enum OutputProof {
    /// Throws where no file can be made, named and removed at a path, or in the nearest directory above
    /// that is there already. Does it: permissions say little where root asks or a disk is full.
    static func checkWritable(_ path: String) throws {
        let directory = existingDirectory(of: path)
        let name = "\(directory)/.sealpipe-\(UInt64.random(in: .min ... .max)).check"
        do throws(StorageError) {
            let bytes: [UInt8] = [0x0a]
            try replaceFile(at: name, with: bytes.span, mode: 0o600)
            guard unsafe unlink(name) == 0 else {
                throw .system(call: "remove", path: name, errno: errno)
            }
        } catch {
            guard case .system(let call, _, let number) = error else { throw error }
            throw StorageError.system(call: "\(call) a file", path: directory, errno: number)
        }
    }

    /// Throws where an archive set has less room than its last archive took. What killed runs left in it
    /// is room: the next run removes it.
    /// Source: statvfs(3).
    static func checkRoom(for last: LastRun?, at path: String) throws {
        guard let last else { return }
        let directory = existingDirectory(of: path)
        var status = statvfs()
        guard unsafe statvfs(directory, &status) == 0 else {
            throw StorageError.system(call: "statvfs", path: directory, errno: errno)
        }
        // What is set aside for root is room for root.
        let blocks = geteuid() == 0 ? status.f_bfree : status.f_bavail
        let (count, overflows) = Int(clamping: blocks)
            .multipliedReportingOverflow(by: Int(clamping: status.f_frsize))
        guard !overflows, count < last.totals.stored,
            count + leftoverByteCount(in: path) < last.totals.stored
        else { return }
        throw JobError(
            .exhausted,
            "\(directory) has room for \(Amount.bytes(count)), and the last archive, \(last.archive), "
                + "took \(Amount.bytes(last.totals.stored))",
            hint: "free some space there, or remove archives that are no longer needed")
    }

    /// What unfinished archives of a set take on the disk.
    static func leftoverByteCount(in set: String) -> Int {
        func names(_ path: String) -> [String] {
            (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        }
        let leftovers = names(set).filter {
            $0.hasPrefix(".") && ($0.hasSuffix(".partial") || $0.hasSuffix(".rewrap"))
        }
        return leftovers.reduce(0) { sum, leftover in
            names("\(set)/\(leftover)").reduce(sum) { sum, name in
                var status = stat()
                let found = unsafe lstat("\(set)/\(leftover)/\(name)", &status) == 0
                // Source: stat(3type): st_blocks counts 512 bytes.
                return found ? sum + Int(status.st_blocks) * 512 : sum
            }
        }
    }

    private static func existingDirectory(of path: String) -> String {
        var directory = path
        while unsafe access(directory, F_OK) != 0, errno == ENOENT {
            let parent = parentDirectory(of: directory)
            if parent == directory { break }
            directory = parent
        }
        return directory
    }
}

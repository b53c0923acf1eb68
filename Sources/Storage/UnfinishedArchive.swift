private import Glibc

/// What a run has left unfinished, or is writing just now, as it looks from outside.
package struct UnfinishedArchive: Sendable, Equatable {
    package let name: ArchiveName
    /// Files that have been finished.
    package let files: Int
    package let byteCount: Int
}

extension ArchiveSet {
    /// The unfinished archives at a path, oldest first; none where there is no set.
    package static func unfinishedArchives(
        at path: String
    ) throws(StorageError) -> [UnfinishedArchive] {
        guard let set = try? ArchiveSet(at: path) else { return [] }
        var archives: [UnfinishedArchive] = []
        for name in try set.unfinished() {
            // It may be finished, or gone, by now.
            guard let archive = try? set.describe(name) else { continue }
            archives.append(archive)
        }
        return archives
    }

    private func describe(_ name: ArchiveName) throws(StorageError) -> UnfinishedArchive {
        let directory = PartialArchive.directory(of: name, in: path)
        var (files, byteCount) = (0, 0)
        for file in try listNames(directory) where !NewFile.isUnfinished(file) {
            var status = stat()
            guard unsafe lstat("\(directory)/\(file)", &status) == 0 else { continue }
            files += 1
            byteCount += Int(status.st_size)
        }
        return UnfinishedArchive(name: name, files: files, byteCount: byteCount)
    }
}

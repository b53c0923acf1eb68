private import CLinux
private import Glibc

extension NewFile {
    /// Copies a range of a stored file to `offset` within the system, which shares the blocks where
    /// the file system can. Returns how many bytes: fewer where the file has ended.
    /// Source: copy_file_range(2).
    package func copy(
        _ range: Range<Int>, of file: StoredFile, to offset: Int
    ) throws(StorageError) -> Int {
        var done = 0
        while done < range.count {
            let count = linux_copy_file_range(
                file.descriptor, Int64(range.lowerBound + done), descriptor, Int64(offset + done),
                range.count - done)
            if count > 0 {
                done += count
            } else if count == 0 {
                break
            } else if [ENOSYS, EXDEV, EINVAL, EOPNOTSUPP, EPERM].contains(errno) {
                return try done
                    + copyThroughMemory(
                        range.lowerBound + done..<range.upperBound, of: file, to: offset + done)
            } else if errno != EINTR {
                throw .failed("copy", path)
            }
        }
        return done
    }

    /// The same for systems that cannot.
    func copyThroughMemory(
        _ range: Range<Int>, of file: StoredFile, to offset: Int
    ) throws(StorageError) -> Int {
        var bytes = [UInt8](repeating: 0, count: min(range.count, 1 << 20))
        var done = 0
        while done < range.count {
            var span = bytes.mutableSpan
            // It may read beyond the range, where others may be; that is not written.
            let got = try file.read(at: range.lowerBound + done, into: &span)
            let count = min(got, range.count - done)
            guard count > 0 else { break }
            try write(bytes.span.extracting(first: count), at: offset + done)
            done += count
        }
        return done
    }

    /// Lets those read it who may read the file it stands for.
    package func adoptOwner(of file: StoredFile) {
        Storage.adoptOwner(of: file.descriptor, by: descriptor)
    }
}

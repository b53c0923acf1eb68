import Archive
import LibCrypto
import Pipeline
import Storage

extension StoredFile {
    /// The SHA-256 of what is stored, in hexadecimal. `progress` is told of each piece that was read.
    func sha256(
        using buffer: Buffer, _ progress: (_ byteCount: Int) throws -> Void
    ) throws -> String {
        var digest = SHA256()
        var offset = 0
        while offset < byteCount {
            let position = offset
            let count = try buffer.withMutableBytes(0..<buffer.capacity) { bytes in
                try read(at: position, into: &bytes)
            }
            guard count > 0 else { break }
            buffer.count = count
            buffer.withBytes { digest.update($0) }
            offset += count
            try progress(count)
        }
        return hexadecimal(digest.finish())
    }
}

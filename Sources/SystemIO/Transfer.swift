private import Glibc

/// Reads and writes that go on until all is done: the system may do a part of what it is asked, or be
/// interrupted. Sources: read(2), pread(2), write(2), pwrite(2).
package enum Transfer {
    /// Fills `bytes` as far as there is something to read: from `offset` on, or from where the descriptor
    /// stands. Returns how far, and the number of an error or 0.
    package static func read(
        _ descriptor: Int32, at offset: Int? = nil, into bytes: inout MutableSpan<UInt8>
    ) -> (count: Int, failure: Int32) {
        unsafe bytes.withUnsafeMutableBytes { bytes in
            move(bytes.count) { done in
                let start = unsafe bytes.baseAddress?.advanced(by: done)
                let count = bytes.count - done
                guard let offset else { return unsafe Glibc.read(descriptor, start, count) }
                return unsafe pread(descriptor, start, count, off_t(offset + done))
            }
        }
    }

    /// Writes all bytes, from `offset` on or where the descriptor stands. Returns 0, or the number of an
    /// error.
    package static func write(
        _ bytes: Span<UInt8>, to descriptor: Int32, at offset: Int? = nil
    ) -> Int32 {
        let (count, failure) = unsafe bytes.withUnsafeBytes { bytes in
            move(bytes.count) { done in
                let start = unsafe bytes.baseAddress?.advanced(by: done)
                let count = bytes.count - done
                guard let offset else { return unsafe Glibc.write(descriptor, start, count) }
                return unsafe pwrite(descriptor, start, count, off_t(offset + done))
            }
        }
        // What takes nothing and names no error has no room.
        return failure == 0 && count < bytes.count ? ENOSPC : failure
    }

    /// Calls `step` with how much is done until that is all, or nothing more is.
    private static func move(
        _ count: Int, _ step: (_ done: Int) -> Int
    ) -> (count: Int, failure: Int32) {
        var done = 0
        while done < count {
            let moved = step(done)
            if moved > 0 {
                done += moved
            } else if moved == 0 {
                break
            } else if errno != EINTR {
                return (done, errno)
            }
        }
        return (done, 0)
    }
}

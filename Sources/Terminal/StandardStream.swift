private import Glibc

/// The streams that a program says something on.
package enum StandardStream: Int32, Sendable {
    case output = 1
    case error = 2

    /// Writes all bytes. Returns 0, or the `errno` of what could not be written.
    /// Source: write(2).
    package func write(_ bytes: [UInt8]) -> Int32 {
        var done = 0
        while done < bytes.count {
            let put = unsafe bytes.withUnsafeBytes {
                unsafe Glibc.write(rawValue, $0.baseAddress?.advanced(by: done), bytes.count - done)
            }
            if put < 0 && errno != EINTR { return errno }
            done += max(put, 0)
        }
        return 0
    }
}

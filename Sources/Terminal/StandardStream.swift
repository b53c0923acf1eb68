private import Glibc
private import SystemIO

/// The streams that a program says something on.
package enum StandardStream: Int32, Sendable {
    case output = 1
    case error = 2

    /// Writes all bytes. Returns 0, or the `errno` of what could not be written.
    package func write(_ bytes: [UInt8]) -> Int32 {
        Transfer.write(bytes.span, to: rawValue)
    }
}

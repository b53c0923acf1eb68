import Foundation
import Glibc

/// What the program says: data on standard output, everything else on standard error.
enum Output {
    /// Bytes of standard output. What cannot be written is a failure: a caller waits for it.
    static func data(_ bytes: [UInt8]) throws {
        let number = write(bytes, to: 1)
        guard number == 0 else {
            throw CommandError(
                number == ENOSPC ? .exhausted : .failed,
                "standard output: \(unsafe String(cString: strerror(number)))")
        }
    }

    /// A line of standard output.
    static func line(_ text: String) throws { try data(Array((text + "\n").utf8)) }

    /// An object as one line of standard output.
    static func json(_ value: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        try data(Array(encoder.encode(value)) + [0x0a])
    }

    static func error(_ error: CommandError) {
        note("error: \(oneLine(error.message))")
        if let hint = error.hint { note("hint: \(oneLine(hint))") }
    }

    static func note(_ text: String) {
        // Where nobody hears it, there is nobody to tell.
        _ = write(Array("okmsd: \(text)\n".utf8), to: 2)
    }

    /// Returns 0, or the `errno` of what could not be written.
    static func write(_ bytes: [UInt8], to descriptor: Int32) -> Int32 {
        var done = 0
        while done < bytes.count {
            let put = unsafe bytes.withUnsafeBytes {
                unsafe Glibc.write(
                    descriptor, $0.baseAddress?.advanced(by: done), bytes.count - done)
            }
            if put < 0 && errno != EINTR { return errno }
            done += max(put, 0)
        }
        return 0
    }

    /// One line that cannot steer a terminal.
    private static func oneLine(_ text: String) -> String {
        var line = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\n": line += "; "
            case _ where scalar.value < 0x20 || 0x7f...0x9f ~= scalar.value: line += "?"
            default: line.unicodeScalars.append(scalar)
            }
        }
        return line
    }
}

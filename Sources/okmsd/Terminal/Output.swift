import Foundation
import SystemIO
import Terminal

/// What the program says: data on standard output, everything else on standard error.
enum Output {
    /// Bytes of standard output. What cannot be written is a failure: a caller waits for it.
    static func data(_ bytes: [UInt8]) throws {
        let number = StandardStream.output.write(bytes)
        guard number == 0 else {
            throw CommandError(
                isOutOfSpace(number) ? .exhausted : .failed,
                "standard output: \(systemMessage(number))")
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
        _ = StandardStream.error.write(Array("okmsd: \(text)\n".utf8))
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

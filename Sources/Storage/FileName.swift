private import Glibc

/// A name in a directory: bytes, compared as such. A `String` would take two names for one where they
/// differ in Unicode normalisation only, and cannot hold one that is no UTF-8.
package struct FileName: Hashable, Comparable, Sendable {
    package let bytes: [UInt8]

    package init(_ text: String) { bytes = Array(text.utf8) }

    /// The bytes up to the first zero.
    init(cString: UnsafePointer<CChar>) {
        let count = unsafe strlen(cString)
        bytes = (0..<count).map { unsafe UInt8(bitPattern: cString[$0]) }
    }

    /// Nil where it is no UTF-8: then nobody here gave it.
    package var text: String? { String(validating: bytes, as: UTF8.self) }

    package static func < (one: FileName, other: FileName) -> Bool {
        one.bytes.lexicographicallyPrecedes(other.bytes)
    }

    func withCString<R>(_ body: (UnsafePointer<CChar>) -> R) -> R {
        let characters = bytes.map { CChar(bitPattern: $0) } + [0]
        return unsafe characters.withUnsafeBufferPointer { buffer in
            guard let start = buffer.baseAddress else { preconditionFailure("it ends with a zero") }
            return unsafe body(start)
        }
    }
}

/// As people read it: no two names read the same but for normalisation.
extension FileName: CustomStringConvertible {
    package var description: String {
        text
            ?? bytes.reduce(into: "") { text, byte in
                text +=
                    byte < 0x80
                    ? String(Unicode.Scalar(byte)) : "\\x" + String(byte, radix: 16)
            }
    }
}

private import Glibc

/// The system's words for the number of an error.
package func systemMessage(_ number: Int32) -> String { unsafe String(cString: strerror(number)) }

/// Whether an error means that there is no room: on the disk, or left of what the user may have there.
package func isOutOfSpace(_ number: Int32) -> Bool { number == ENOSPC || number == EDQUOT }

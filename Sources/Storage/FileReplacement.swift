private import Glibc

/// Puts bytes in the place of a file in one step: whoever reads it finds the old ones or the new ones.
///
/// A link in its place is replaced, not followed. The temporary name is the file's and `.tmp`; what
/// a killed process left there is removed. `mode` is what the file gets, whatever the umask.
package func replaceFile(
    at path: String, with bytes: Span<UInt8>, mode: UInt32
) throws(StorageError) {
    unsafe unlink(path + ".tmp")
    let file = try NewFile(at: path)
    do throws(StorageError) {
        guard fchmod(file.descriptor, mode) == 0 else { throw .failed("chmod", path) }
        try file.write(bytes, at: 0)
        try file.publish()
    } catch {
        unsafe unlink(path + ".tmp")
        throw error
    }
    try syncDirectory(parentDirectory(of: path))
}

import Glibc

/// The path without links, as far as it exists.
func resolvedPath(_ path: String) -> String {
    if let real = unsafe realpath(path, nil) {
        defer { unsafe free(real) }
        return unsafe String(cString: real)
    }
    guard let slash = path.lastIndex(of: "/"), path != "/" else {
        // The current directory may have been removed.
        return path == "." ? path : resolvedPath(".") + "/" + path
    }
    let parent = slash == path.startIndex ? "/" : resolvedPath(String(path[..<slash]))
    return parent + (parent == "/" ? "" : "/") + path[path.index(after: slash)...]
}

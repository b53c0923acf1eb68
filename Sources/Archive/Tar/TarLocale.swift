private import Glibc

/// libarchive converts names by the process's locale. In `C.UTF-8`, which glibc carries within
/// itself, names that are UTF-8 are written as such and all others byte for byte.
/// Source: setlocale(3); archive_entry_paths(3).
enum TarLocale {
    static let isSet: Bool = unsafe setlocale(LC_CTYPE, "C.UTF-8") != nil
}

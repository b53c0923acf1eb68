import Glibc

/// Gives up root's rights for good. Only in an exit test, whose process ends with it.
func becomeNobody() {
    guard geteuid() == 0 else { return }
    let status = setgroups(0, nil) | setgid(65534) | setuid(65534)
    precondition(status == 0 && geteuid() == 65534, "root can become nobody")
}

/// A fresh directory that everybody can write to.
func makeOpenDirectory() throws -> String {
    let path = try makeTemporaryDirectory()
    unsafe chmod(path, 0o777)
    return path
}

private import Glibc
import LibCrypto
import SystemIO

/// The file that holds a software module's root key: 32 bytes that only its owner may read.
///
/// Made once, on the first use of a store, and never changed. Whoever loses it loses every key of
/// the store; whoever reads it together with the store has them all.
struct RootKeyFile {
    static let byteCount = 32
    let path: String
    /// Whether it lies in the store, and so belongs to whom the store belongs to.
    var isInStore = false

    /// The bits that expose it. systemd lets a service read its credentials by an access list, whose
    /// mask shows up in the mode as if the group could read.
    /// Source: systemd.exec(5), `LoadCredential=`.
    private var exposure: mode_t {
        guard let directory = unsafe getenv("CREDENTIALS_DIRECTORY") else { return 0o077 }
        return unsafe path.hasPrefix(String(cString: directory) + "/") ? 0o037 : 0o077
    }

    /// Reads the key straight into locked memory; makes the file first where that is allowed.
    func load(createIfMissing: Bool) throws(StoreError) -> SecretBytes {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            guard errno == ENOENT else { throw unreadable() }
            guard createIfMissing else { throw .rootKeyMissing(path: path) }
            return try create()
        }
        defer { close(descriptor) }
        try check(descriptor, isNewStore: createIfMissing)
        forgetFirstName(of: descriptor)
        return try SecretBytes(count: Self.byteCount) { key throws(StoreError) in
            let (count, failure) = Transfer.read(descriptor, into: &key)
            // It has become shorter since it was looked at where there is no error.
            guard count == Self.byteCount else { throw unreadable(failure == 0 ? EIO : failure) }
        }
    }

    private func check(_ descriptor: CInt, isNewStore: Bool) throws(StoreError) {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { throw unreadable() }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw .rootKeyUnreadable(path: path, reason: "not a regular file")
        }
        guard status.st_mode & exposure == 0 else { throw .rootKeyExposed(path: path) }
        guard status.st_size == Self.byteCount else {
            throw .rootKeyMalformed(
                path: path, byteCount: Int(status.st_size), storeHasKeys: !isNewStore)
        }
    }

    private var firstPath: String { path + ".new" }

    /// Takes away the name under which the key was made, where a crash has left it: whoever moves the key
    /// out of the store must not leave it there.
    private func forgetFirstName(of descriptor: CInt) {
        var (key, first) = (stat(), stat())
        guard unsafe fstat(descriptor, &key) == 0, unsafe lstat(firstPath, &first) == 0,
            key.st_dev == first.st_dev, key.st_ino == first.st_ino
        else { return }
        _ = unsafe unlink(firstPath)
    }

    /// Makes a root key and has it on disk, with its name, before anything is sealed under it. It gets the
    /// name when it is whole: a crash in between leaves none, and the next try begins anew.
    private func create() throws(StoreError) -> SecretBytes {
        let key: SecretBytes
        do throws(CryptoError) {
            key = try SecretBytes.random(count: Self.byteCount)
        } catch {
            throw .custodyFailed(reason: "\(error)")
        }
        let new = firstPath
        _ = unsafe unlink(new)
        let descriptor = unsafe open(new, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw unwritable() }
        defer { close(descriptor) }
        if isInStore { Directory.containing(path).giveToOwner(descriptor) }
        let failure = key.withBytes { Transfer.write($0, to: descriptor) }
        // A link, for unlike a rename it never replaces a key that is there.
        guard failure == 0, fsync(descriptor) == 0, unsafe link(new, path) == 0 else {
            let error = unwritable(failure == 0 ? errno : failure)
            _ = unsafe unlink(new)
            throw error
        }
        guard unsafe unlink(new) == 0 else { throw unwritable() }
        try Directory.containing(path).sync()
        return key
    }

    private func unreadable(_ number: CInt = errno) -> StoreError {
        mayPass(number)
            ? .failed(path: path, reason: systemMessage(number))
            : .rootKeyUnreadable(path: path, reason: systemMessage(number))
    }

    private func unwritable(_ number: CInt = errno) -> StoreError {
        isOutOfSpace(number)
            ? .full(path: path) : .rootKeyUnwritable(path: path, reason: systemMessage(number))
    }
}

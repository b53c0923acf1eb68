import OKMS

/// Why a store of keys cannot be opened or used. Each sentence says what, where, and what to do.
package enum StoreError: Error, Equatable, Sendable {
    case missing(directory: String)
    /// There is an audit trail and no database: a new one would have other keys.
    case lost(directory: String)
    case cannotOpen(path: String, reason: String)
    case exposedDirectory(path: String)
    /// Another process kept the store to itself for longer than the busy timeout.
    case locked(path: String)
    /// Another process serves the store.
    case served(directory: String)
    case damaged(path: String, reason: String)
    /// Written by a later version of this program.
    case newer(path: String)
    case full(path: String)
    case failed(path: String, reason: String)
    case invalidRegion(String)
    case otherRegion(directory: String, stored: String, asked: String)

    case rootKeyMissing(path: String)
    case rootKeyUnreadable(path: String, reason: String)
    case rootKeyUnwritable(path: String, reason: String)
    case rootKeyExposed(path: String)
    case rootKeyMalformed(path: String, byteCount: Int, storeHasKeys: Bool)
    /// The module (`hsm` is its name) is not the one the store's keys were made with.
    case foreignCustody(directory: String, hsm: String)
    /// The store's keys are in a custody of another kind than the one it was opened with.
    case otherCustody(directory: String, keptIn: Custody)
    case custodyFailed(reason: String)
    /// There is no way to the module or its token.
    case custodyUnreachable(reason: String)
    /// What opens the module was refused.
    case custodyRefused(reason: String)
    /// What opens the module is not there.
    case custodySecretMissing(reason: String)

    init(_ error: HSMError) {
        switch error {
        case .failed(let reason): self = .custodyFailed(reason: reason)
        case .unreachable(let reason): self = .custodyUnreachable(reason: reason)
        case .refused(let reason): self = .custodyRefused(reason: reason)
        case .missing(let reason): self = .custodySecretMissing(reason: reason)
        case .cannotDecrypt, .unusableMaterial:
            self = .custodyRefused(
                reason: "what has custody of the keys does not have the store's service key: "
                    + "restore it from a backup of the same age as the store")
        }
    }
}

extension StoreError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .missing(let directory):
            "there is no OKMS store in \(directory); check the path (OKMS_STORE), or name the key "
                + "service that has the keys with OKMS_ENDPOINT or --service"
        case .lost(let directory):
            "the OKMS store in \(directory) has lost its database; restore okms.sqlite from its backup, "
                + "or begin a new store in an empty directory"
        case .cannotOpen(let path, let reason):
            "cannot open the OKMS store at \(path): \(reason); check the path, and that the user who "
                + "runs this may read and write there"
        case .exposedDirectory(let path):
            "the OKMS store directory \(path) can be written by everyone; run chmod 700 on it"
        case .locked(let path):
            "the OKMS store at \(path) is locked by another process; try again when it is done"
        case .served(let directory):
            "the OKMS store in \(directory) is being served by another okmsd; stop that one first, or "
                + "name another store"
        case .damaged(let path, let reason):
            "the OKMS store at \(path) is damaged (\(reason)); restore it from a backup"
        case .newer(let path):
            "the OKMS store at \(path) was written by a later version; use that version"
        case .full(let path):
            "no space is left for the OKMS store at \(path); free some and try again"
        case .failed(let path, let reason):
            "the OKMS store at \(path) failed (\(reason)); check the disk and try again"
        case .invalidRegion(let region):
            "'\(region)' is not the name of a region; use letters, digits and hyphens"
        case .otherRegion(let directory, let stored, let asked):
            "the OKMS store in \(directory) belongs to region \(stored), not \(asked); "
                + "use region \(stored) or another store"
        case .rootKeyMissing(let path):
            "the root key \(path) is missing although the store holds keys sealed under it; "
                + "put it back or name its place with OKMS_ROOT_KEY_FILE"
        case .rootKeyUnreadable(let path, let reason):
            "cannot read the root key \(path): \(reason); check the path and its permissions"
        case .rootKeyUnwritable(let path, let reason):
            "cannot create the root key \(path): \(reason); check the path and its permissions"
        case .rootKeyExposed(let path):
            "the root key \(path) is open to its group or to others; run chmod 600 on it"
        case .rootKeyMalformed(let path, let byteCount, let storeHasKeys):
            "the root key \(path) has \(byteCount) bytes instead of \(RootKeyFile.byteCount); "
                + (storeHasKeys
                    ? "restore it from a backup" : "the store holds no keys yet, so remove it")
        case .foreignCustody(let directory, let hsm):
            "\(hsm) is not the one the keys in \(directory) were made with; "
                + "name the right one: a token by its label, a root key by OKMS_ROOT_KEY_FILE"
        case .otherCustody(let directory, .token):
            "the keys in \(directory) live in a PKCS#11 token; give --pkcs11-module, "
                + "--pkcs11-token and --pkcs11-pin-file"
        case .otherCustody(let directory, .rootKey):
            "the keys in \(directory) are sealed under a root key, not kept in a PKCS#11 token; "
                + "leave out --pkcs11-…, or name another store"
        case .custodyFailed(let reason): "the keys' custody failed: \(reason)"
        case .custodyUnreachable(let reason), .custodyRefused(let reason),
            .custodySecretMissing(let reason):
            reason
        }
    }
}

extension KeyServiceError {
    /// What a caller of the service is told when its store fails in the middle.
    init(_ error: StoreError) {
        switch error {
        case .locked, .full: self.init(.unavailable, "\(error)")
        default: self.init(.internal, "\(error)")
        }
    }
}

private import FoundationEssentials
import Locking
import GRDB
import LibCrypto
package import OKMS

/// A key management service within this process: every account of one store, and one module.
///
/// What callers use is an `AccountService`, which the engine hands out; what administrators use
/// stands in `Administration`. Several threads may use one engine, and several engines, in this
/// process or others, one store: what one does, the next call of any other sees.
package final class OKMSEngine: Sendable {
    /// The account the store was made with: the one of whoever uses the engine in his own process.
    package let defaultAccount: AccountID
    package let region: String
    /// Whether the store was made when it was opened.
    package let isNew: Bool
    package let audit: AuditTrail

    let directory: Directory
    /// Held while this engine serves.
    let servingLock = Monitor<FileLock?>(nil)
    let store: Store
    let hsm: any HardwareSecurityModule
    let markers: ListMarkers
    let secretWrapping: SecretWrapping
    let budget = EncryptionBudget()
    let settings: Settings

    let keys: StoreCache<StoredKey.Lookup, StoredKey>
    let accountIDs: StoreCache<AccountID, Bool>
    let accessKeyCache: StoreCache<String, AccessKey>
    let upkeep: Upkeep

    /// What only tests need to change.
    struct Settings: Sendable {
        /// Seconds since 1970.
        var now: @Sendable () -> Double = { Date().timeIntervalSince1970 }
        var busyTimeoutSeconds = 10.0
        var encryptionsPerMaterial = EncryptionTally.limit
        var auditSegmentByteCount = AuditTrail.segmentByteCount
    }

    /// Opens the store in a directory, with its keys in the custody of software.
    ///
    /// The root key is the file named, or else `root.key` in the directory. Store and root key are
    /// made on first use, unless `createIfMissing` is false. `region` becomes part of the names of
    /// the store's keys when it is made, and must stay the same afterwards.
    package convenience init(
        store directory: String, rootKeyFile: String? = nil, region: String = "eu-west-2",
        createIfMissing: Bool = true
    ) throws(StoreError) {
        try self.init(
            store: directory, rootKeyFile: rootKeyFile, region: region,
            createIfMissing: createIfMissing, settings: Settings())
    }

    convenience init(
        store directory: String, rootKeyFile: String? = nil, region: String = "eu-west-2",
        createIfMissing: Bool = true, settings: Settings
    ) throws(StoreError) {
        let file = RootKeyFile(
            path: rootKeyFile ?? "\(directory)/root.key", isInStore: rootKeyFile == nil)
        try self.init(
            store: directory, region: region, createIfMissing: createIfMissing,
            custody: .rootKey, settings: settings
        ) { storeIsNew throws(StoreError) in
            let rootKey = try file.load(createIfMissing: storeIsNew)
            do {
                return try SoftwareHSM(rootKey: rootKey, name: "the root key in \(file.path)")
            } catch {
                throw .custodyFailed(reason: "\(error)")
            }
        }
    }

    /// Opens a store with any module, which `openHSM` opens, knowing whether the store is new.
    ///
    /// `custody` says of what kind the module is, where that is known: a store of the other is refused.
    package convenience init(
        store path: String, region: String = "eu-west-2", createIfMissing: Bool = true,
        custody: Custody? = nil,
        openHSM: (_ storeIsNew: Bool) throws(StoreError) -> any HardwareSecurityModule
    ) throws(StoreError) {
        try self.init(
            store: path, region: region, createIfMissing: createIfMissing, custody: custody,
            settings: Settings(), openHSM: openHSM)
    }

    init(
        store path: String, region: String, createIfMissing: Bool, custody: Custody? = nil,
        settings: Settings,
        openHSM: (_ storeIsNew: Bool) throws(StoreError) -> any HardwareSecurityModule
    ) throws(StoreError) {
        guard !region.isEmpty, region.utf8.allSatisfy(Self.isRegionCharacter) else {
            throw .invalidRegion(region)
        }
        do {
            let directory = Directory(path: path)
            if createIfMissing {
                try directory.create()
            } else if try !directory.has(Store.fileName) {
                throw StoreError.missing(directory: path)
            }
            try directory.checkMode()
            let lock = try directory.lock(timeoutSeconds: settings.busyTimeoutSeconds)
            // A module that cannot be opened leaves no store behind.
            let isThere = try directory.has(Store.fileName)
            if !isThere, try directory.has(AuditFiles.currentName) {
                throw StoreError.lost(directory: path)
            }
            let opened = isThere ? nil : try openHSM(true)
            try directory.createFile(Store.fileName)
            let store = try Store(
                directory: path, busyTimeoutSeconds: settings.busyTimeoutSeconds)
            let stored = try store.read(StoreIdentity.fetch)
            guard stored != nil || createIfMissing else {
                throw StoreError.missing(directory: path)
            }
            if let custody, let kept = try store.read(Custody.fetch), kept != custody {
                throw StoreError.otherCustody(directory: path, keptIn: kept)
            }
            let hsm = try opened ?? openHSM(stored == nil)
            if let stored { try Self.check(stored, against: hsm, region, in: path) }
            let identity = try stored ?? Self.found(store, region, hsm, at: settings.now())
            secretWrapping = try SecretWrapping(of: store, in: hsm)
            lock.release()
            self.defaultAccount = identity.defaultAccount
            self.region = region
            isNew = stored == nil
            self.directory = directory
            self.store = store
            self.hsm = hsm
            self.settings = settings
            markers = ListMarkers(key: identity.markerKey)
            audit = AuditTrail(
                directory: path, segmentByteCount: settings.auditSegmentByteCount,
                now: settings.now
            ) { [store, settings] in
                try StoredTrail.noteBeginning(in: store, at: settings.now())
            }
            keys = StoreCache(of: store)
            accountIDs = StoreCache(of: store)
            accessKeyCache = StoreCache(of: store)
            upkeep = Upkeep(of: store)
        } catch let error as StoreError {
            throw error
        } catch {
            throw switch error {
            case let error as HSMError: StoreError(error)
            case is CryptoError: .custodyFailed(reason: "\(error)")
            default: .failed(path: path, reason: "\(error)")
            }
        }
    }

    /// Whether there is a store in a directory. Throws where one may not look.
    package static func hasStore(in directory: String) throws(StoreError) -> Bool {
        try Directory(path: directory).has(Store.fileName)
    }

    /// The service of an account for one caller.
    ///
    /// A caller with an access key is held to what that key may do. Throws `accessDenied` if there
    /// is no such account, or the access key is not one that may be used for it now.
    package func service(
        for account: AccountID, caller: Caller
    ) throws(KeyServiceError) -> AccountService {
        guard let id = caller.accessKeyID else {
            let exists = try answering {
                try accountIDs.value(for: account, asOf: store.generation()) { db in
                    try StoredAccount.exists(db, id: account) ? true : nil
                }
            }
            guard exists != nil else {
                throw KeyServiceError(.accessDenied, "there is no account \(account)")
            }
            return AccountService(
                account: account, engine: self, caller: caller, allowedActions: nil)
        }
        guard let accessKey = try accessKey(id), accessKey.account == account,
            accessKey.isUsable(at: settings.now())
        else {
            throw KeyServiceError(
                .accessDenied, "the access key \(id) may not be used for account \(account)")
        }
        return AccountService(
            account: account, engine: self, caller: caller,
            allowedActions: accessKey.allowedActions)
    }

    /// The service of the default account for this process.
    package func service() -> AccountService {
        AccountService(
            account: defaultAccount, engine: self, caller: .thisProcess(), allowedActions: nil)
    }

    /// A key as the store has it now; nil for one that should have been destroyed by now, too.
    func lookUp(
        _ lookup: StoredKey.Lookup, asOf generation: Store.Generation
    ) throws -> StoredKey? {
        let key = try keys.value(for: lookup, asOf: generation) { try StoredKey.fetch($0, lookup) }
        return key.flatMap { $0.isDue(at: settings.now()) ? nil : $0 }
    }

    private static func check(
        _ stored: StoreIdentity, against hsm: any HardwareSecurityModule, _ region: String,
        in directory: String
    ) throws(StoreError) {
        guard stored.hsmIdentity == hsm.identity else {
            throw .foreignCustody(directory: directory, hsm: hsm.name)
        }
        guard stored.region == region else {
            throw .otherRegion(directory: directory, stored: stored.region, asked: region)
        }
    }

    /// Makes the store's first account and its default key, in one transaction.
    private static func found(
        _ store: Store, _ region: String, _ hsm: any HardwareSecurityModule, at now: Double
    ) throws -> StoreIdentity {
        let identity = try StoreIdentity.new(region: region, hsmIdentity: hsm.identity)
        try store.writeMakingMaterial(in: hsm) { db, makeMaterial in
            try identity.insert(db)
            try StoredAccount.insert(
                db, id: identity.defaultAccount, region: region,
                keyQuota: StoredAccount.defaultKeyQuota,
                defaultKey: try makeMaterial(.random(), 1), created: now)
        }
        return identity
    }

    private static func isRegionCharacter(_ character: UInt8) -> Bool {
        switch character {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}

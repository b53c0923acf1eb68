private import FoundationEssentials
import GRDB
import LibCrypto
package import OKMS

/// A key management service within this process, over one store and one module.
///
/// Several threads may use one engine, and several engines, in this process or others, one store:
/// what one does, the next call of any other sees. Each action stands in a file of `Actions`, in
/// the order: arguments, name of the key, existence, state, cryptography.
package final class OKMSEngine: KeyManagementService {
    package let account: AccountID
    package let region: String

    let store: Store
    let hsm: any HardwareSecurityModule
    let markers: ListMarkers
    let budget = EncryptionBudget()
    let settings: Settings

    /// What only tests need to change.
    struct Settings: Sendable {
        /// Seconds since 1970.
        var now: @Sendable () -> Double = { Date().timeIntervalSince1970 }
        var busyTimeoutSeconds = 10.0
        var encryptionsPerMaterial = EncryptionTally.limit
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
        let file = RootKeyFile(path: rootKeyFile ?? "\(directory)/root.key")
        try self.init(
            store: directory, region: region, createIfMissing: createIfMissing, settings: settings
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
    init(
        store path: String, region: String, createIfMissing: Bool, settings: Settings = Settings(),
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
            try directory.createFile(Store.fileName)
            let store = try Store(
                directory: path, busyTimeoutSeconds: settings.busyTimeoutSeconds)
            let stored = try store.read(StoredAccount.fetch)
            guard stored != nil || createIfMissing else {
                throw StoreError.missing(directory: path)
            }
            let hsm = try openHSM(stored == nil)
            let account = try stored ?? Self.found(store, region, hsm, at: settings.now())
            lock.release()
            guard account.hsmIdentity == hsm.identity else {
                throw StoreError.foreignCustody(directory: path, hsm: hsm.name)
            }
            guard account.region == region else {
                throw StoreError.otherRegion(
                    directory: path, stored: account.region, asked: region)
            }
            self.account = account.id
            self.region = region
            self.store = store
            self.hsm = hsm
            self.markers = ListMarkers(of: account)
            self.settings = settings
        } catch let error as StoreError {
            throw error
        } catch {
            throw error is HSMError || error is CryptoError
                ? .custodyFailed(reason: "\(error)") : .failed(path: path, reason: "\(error)")
        }
    }

    /// Makes the account and its default key, in one transaction.
    private static func found(
        _ store: Store, _ region: String, _ hsm: any HardwareSecurityModule, at now: Double
    ) throws -> StoredAccount {
        let account = try StoredAccount.random(region: region, hsmIdentity: hsm.identity)
        let material = try hsm.makeMaterial(for: KeyID.random(), version: 1)
        do {
            try store.write { try account.insert($0, defaultKey: material, created: now) }
        } catch {
            // Material that no store knows does no harm; what went wrong matters more.
            try? hsm.destroyMaterial(material)
            throw error
        }
        return account
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

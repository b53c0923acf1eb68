import Locking
import GRDB
package import OKMS

/// Knows when the next key is to be destroyed or rotated, so that a call asks the clock, not the
/// store.
final class Upkeep: Sendable {
    /// How long to wait after a failure, in seconds: a module that is down must not slow every call.
    private static let pauseAfterFailure = 60.0

    private let dueDates: StoreCache<Int, Double>
    private let pausedUntil = Monitor(-Double.infinity)

    init(of store: Store) { dueDates = StoreCache(of: store) }

    func isDue(at now: Double, asOf generation: Store.Generation) throws -> Bool {
        guard pausedUntil.read({ $0 }) <= now else { return false }
        let date = try dueDates.value(for: 0, asOf: generation) { db in
            try StoredMaterial.nextDueDate(db) ?? .infinity
        }
        return date.map { $0 <= now } ?? false
    }

    func pause(at now: Double) {
        pausedUntil.update { $0 = now + Self.pauseAfterFailure }
    }
}

extension OKMSEngine {
    /// Destroys and rotates what is due, before a call looks at any key.
    ///
    /// A failure is nobody's who only happened to call: keys past their date are treated as gone in
    /// any case, and the work is tried again a minute later. True if there was something to do.
    func doWhatIsDue(asOf generation: Store.Generation) -> Bool {
        let now = settings.now()
        do {
            guard try upkeep.isDue(at: now, asOf: generation) else { return false }
        } catch {
            upkeep.pause(at: now)
            return true
        }
        do { try destroyDueKeys() } catch { upkeep.pause(at: now) }
        do { try rotateDueKeys() } catch { upkeep.pause(at: now) }
        return true
    }

    /// Destroys the keys whose waiting period is over, material included. Returns their names, each
    /// of which `note` is told as soon as it is done.
    ///
    /// The module comes first: a crash in between leaves a key that is tried again, never material
    /// that nobody remembers. What fails is thrown after all keys were tried.
    @discardableResult
    package func destroyDueKeys(
        noting note: (KeyARN) -> Void = { _ in }
    ) throws(KeyServiceError) -> [KeyARN] {
        try answering {
            var destroyed: [KeyARN] = []
            let due = try store.read { try StoredMaterial.keysToDestroy($0, at: settings.now()) }
            let failure = forEach(due) { account, key in
                guard try destroy(key, of: account) else { return }
                let arn = KeyARN(region: region, account: account, key: key)
                destroyed.append(arn)
                note(arn)
                try recordUpkeep("DestroyKey", of: arn)
            }
            if !destroyed.isEmpty { try store.forgetDeleted() }
            if let failure { throw failure }
            return destroyed
        }
    }

    private func destroy(_ key: KeyID, of account: AccountID) throws -> Bool {
        try store.write { db in
            let lookup = StoredKey.Lookup(account: account, name: .id(key), version: nil)
            guard let stored = try StoredKey.fetch(db, lookup), stored.isDue(at: settings.now())
            else { return false }
            for material in try StoredMaterial.all(db, of: key) {
                try hsm.destroyMaterial(material)
            }
            try StoredMaterial.delete(db, key: key)
            return true
        }
    }

    /// Gives new material to the keys whose rotation is due. Returns their names, each of which `note`
    /// is told as soon as it is done. What fails is thrown after all keys were tried.
    @discardableResult
    package func rotateDueKeys(
        noting note: (KeyARN) -> Void = { _ in }
    ) throws(KeyServiceError) -> [KeyARN] {
        try answering {
            var rotated: [KeyARN] = []
            let due = try store.read { try StoredMaterial.keysToRotate($0, at: settings.now()) }
            let failure = forEach(due) { account, key in
                let lookup = StoredKey.Lookup(account: account, name: .id(key), version: nil)
                let done = try rotate(key, cause: .automatic) { db in
                    guard let stored = try StoredKey.fetch(db, lookup), stored.state == .enabled,
                        let date = stored.nextRotation, date <= settings.now()
                    else { return nil }
                    return stored
                }
                guard done else { return }
                let arn = KeyARN(region: region, account: account, key: key)
                rotated.append(arn)
                note(arn)
                try recordUpkeep("RotateKey", of: arn)
            }
            if let failure { throw failure }
            return rotated
        }
    }

    /// Does something to each key, whatever becomes of the others. Returns the first failure, with
    /// the name of its key.
    private func forEach(
        _ keys: [(account: AccountID, key: KeyID)], _ body: (AccountID, KeyID) throws -> Void
    ) -> KeyServiceError? {
        var first: (key: KeyARN, error: KeyServiceError)?
        var count = 0
        for (account, key) in keys {
            do throws(KeyServiceError) {
                try answering { try body(account, key) }
            } catch {
                count += 1
                first = first ?? (KeyARN(region: region, account: account, key: key), error)
            }
        }
        guard let (key, error) = first else { return nil }
        let others = count > 1 ? " (and \(count - 1) more failed)" : ""
        return KeyServiceError(error.code, "\(key): \(error.message)\(others)")
    }

    /// Gives a key new material, if `find` finds that it may have some.
    @discardableResult
    func rotate(
        _ id: KeyID, cause: KeyRotation.Cause, if find: (Database) throws -> StoredKey?
    ) throws -> Bool {
        try store.writeMakingMaterial(in: hsm) { db, makeMaterial in
            guard let key = try find(db) else { return false }
            let material = try makeMaterial(id, key.currentVersion + 1)
            try key.rotate(db, to: material, cause: cause, at: settings.now())
            return true
        }
    }

    private func recordUpkeep(_ action: String, of key: KeyARN) throws(KeyServiceError) {
        try record(
            AuditRecord(
                requestID: "", account: key.account, accessKeyID: nil, action: action, key: key,
                outcome: "ok", source: "upkeep"))
    }
}

import Locking
import CPKCS11
import LibCrypto

/// One login on a token and the sessions it gave; a lost one is replaced as a whole.
///
/// The anchor session stays open until the login is retired and no call uses it, because closing a
/// process's last session logs it out. All others are lent to one call at a time and kept for the next.
final class PKCS11Login: Sendable {
    let token: PKCS11Token
    let selfTest: SelfTest
    private let module: PKCS11Module
    private let anchor: PKCS11Session
    private let pool: Monitor<Pool>
    /// Handles of keys that were found; they hold in every session of the process.
    private let handles = Monitor<[MaterialName: CK_OBJECT_HANDLE]>([:])

    private struct Pool: Sendable {
        var idle: [PKCS11Session] = []
        var openCount = 0
        /// How many sessions the token was seen to allow.
        var capacity: Int
        var isRetired = false
        var anchorIsOpen = true

        /// Whether the anchor is to be closed now; true once.
        mutating func letsGoOfAnchor() -> Bool {
            guard isRetired, openCount == 0, anchorIsOpen else { return false }
            anchorIsOpen = false
            return true
        }
    }

    private let made = ContinuousClock.now
    /// Whether it was made a moment ago: what it does not find then is not there.
    var isFresh: Bool { made.duration(to: .now) < .seconds(2) }

    /// Logs in on the token of that label and tests it.
    init(
        _ configuration: PKCS11Configuration, serial: String?,
        mode: PKCS11Configuration.IVMode?, pins: PINMemory
    ) throws(PKCS11Error) {
        let module = try PKCS11Module.at(configuration.modulePath)
        try module.checkProcess()
        module.enter()
        defer { module.leave() }
        let token = try Self.findToken(configuration.tokenLabel, serial: serial, in: module)
        let anchor = try PKCS11Session.open(with: token, of: module)
        do throws(PKCS11Error) {
            try pins.logIn(anchor, of: token, from: configuration.pin)
            selfTest = try SelfTest.run(
                on: token, anchor: anchor, mode: mode, lacking: configuration.lacking)
        } catch {
            anchor.close()
            throw error
        }
        self.module = module
        self.token = token
        self.anchor = anchor
        let allowed = token.maximumSessionCount.map { $0 - 1 } ?? .max
        pool = Monitor(
            Pool(capacity: max(1, min(configuration.maximumSessionCount, allowed))))
    }

    deinit { retire() }

    /// Someone else in the process may have finalised the module: then it is initialised again.
    private static func findToken(
        _ label: String, serial: String?, in module: PKCS11Module
    ) throws(PKCS11Error) -> PKCS11Token {
        do throws(PKCS11Error) {
            return try .find(label: label, serial: serial, in: module)
        } catch .refused(_, .notInitialized) {
            try module.initialize()
            return try .find(label: label, serial: serial, in: module)
        }
    }

    /// Lends a session, waiting for one where all are lent. One in doubt is closed afterwards.
    func withSession<R: ~Copyable>(
        _ body: (PKCS11Session) throws(PKCS11Error) -> R
    ) throws(PKCS11Error) -> R {
        try module.checkProcess()
        let session = try checkOut()
        do throws(PKCS11Error) {
            let result = try body(session)
            checkIn(session, isUsable: true)
            return result
        } catch {
            checkIn(session, isUsable: error.leavesSessionUsable)
            throw error
        }
    }

    private func checkOut() throws(PKCS11Error) -> PKCS11Session {
        while true {
            var isRetired = false
            let idle: PKCS11Session? = pool.wait { pool, waking in
                waking = .none
                isRetired = pool.isRetired
                if isRetired { return .some(nil) }
                if let session = pool.idle.popLast() { return .some(session) }
                guard pool.openCount < pool.capacity else { return nil }
                pool.openCount += 1
                return .some(nil)
            }
            if isRetired { throw .refused(function: "C_OpenSession", .sessionClosed) }
            if let idle { return idle }
            do throws(PKCS11Error) {
                return try .open(with: token, of: module)
            } catch {
                let isFull = error == .refused(function: "C_OpenSession", .sessionCount)
                var othersAreOpen = false
                pool.update { pool, waking in
                    waking = .one
                    pool.openCount -= 1
                    othersAreOpen = pool.openCount > 0
                    if isFull, othersAreOpen { pool.capacity = pool.openCount }
                }
                closeAnchorIfUnused()
                guard isFull, othersAreOpen else { throw error }
            }
        }
    }

    private func checkIn(_ session: PKCS11Session, isUsable: Bool) {
        var isKept = false
        pool.update { pool, waking in
            waking = .one
            isKept = isUsable && !pool.isRetired
            if isKept { pool.idle.append(session) } else { pool.openCount -= 1 }
        }
        if !isKept { session.close() }
        closeAnchorIfUnused()
    }

    /// Closes what is idle now, and everything lent when it comes back.
    func retire() {
        // Whoever waits for a session hears that there will be none.
        let idle = pool.update { pool in
            pool.isRetired = true
            let idle = pool.idle
            pool.idle = []
            pool.openCount -= idle.count
            return idle
        }
        for session in idle { session.close() }
        closeAnchorIfUnused()
    }

    private func closeAnchorIfUnused() {
        if pool.update({ $0.letsGoOfAnchor() }) { anchor.close() }
    }

    /// The handle of a key, looked for once in a login.
    func handle(
        of name: MaterialName, in session: PKCS11Session
    ) throws(PKCS11Error) -> CK_OBJECT_HANDLE {
        if let known = handles.update({ $0[name] }) { return known }
        let found = try session.findKey(name)
        handles.update { $0[name] = found }
        return found
    }

    func forgetHandles() { handles.update { $0 = [:] } }

    func forgetHandle(of name: MaterialName) {
        handles.update { $0[name] = nil }
    }
}

import Locking
import CPKCS11
package import LibCrypto
package import OKMS

/// A hardware security module behind PKCS#11: material is made within its token and never leaves it.
///
/// The store keeps an object's id, 16 random bytes; the object bears the key's id and version in its
/// label. Versions of one key are objects of their own. A connection that is lost is made anew and the
/// call repeated once; a token that is gone for longer makes calls fail until it is back.
package final class PKCS11HSM: HardwareSecurityModule {
    package let name: String
    /// A digest of the token's serial number and label.
    package let identity: [UInt8]
    /// The mode that was configured, or found.
    package let ivMode: PKCS11Configuration.IVMode
    package let adviceOnUnusableMaterial =
        "the token holds no such object: was it deleted there, or is the token or the store an older "
        + "copy? Restore what is older"
    package var ivByteCount: Int { ivMode.ivByteCount }

    private let configuration: PKCS11Configuration
    private let serial: String
    private let pins = PINMemory()
    /// Nil after a loss, until a call needs it again.
    private let current: Monitor<PKCS11Login?>

    /// Loads the module, logs in on the token and tests it.
    package init(_ configuration: PKCS11Configuration) throws(HSMError) {
        do throws(PKCS11Error) {
            let login = try PKCS11Login(
                configuration, serial: configuration.tokenSerial, mode: configuration.ivMode,
                pins: pins)
            self.configuration = configuration
            name = "the token '\(login.token.label)'"
            identity = login.token.identity
            ivMode = login.selfTest.ivMode
            serial = login.token.serial
            current = Monitor(login)
        } catch {
            throw HSMError(error)
        }
    }

    package func makeMaterial(
        for key: KeyID, version: UInt32
    ) throws(HSMError) -> KeyMaterial {
        try perform { login, session throws(PKCS11Error) in
            // A second attempt takes another name: the first may have made an object after all.
            let name = try MaterialName.random(for: key, version: version)
            let made = try session.generateKey(
                .generating(name, isStored: true, lacking: configuration.lacking))
            do throws(PKCS11Error) {
                try session.checkFlags(of: made, lacking: configuration.lacking)
            } catch {
                // It holds no secret of anyone yet; what went wrong matters more.
                try? session.destroy(made)
                throw error
            }
            return KeyMaterial(key: key, version: version, token: name.id)
        }
    }

    package func encrypt(
        _ plaintext: borrowing SecretBytes, with material: KeyMaterial,
        additionalData: Span<UInt8>
    ) throws(HSMError) -> SealedBytes {
        let name = try Self.name(of: material)
        return try perform { login, session throws(PKCS11Error) in
            let key = try login.handle(of: name, in: session)
            return try session.encrypt(
                plaintext, with: key, mode: ivMode, additionalData: additionalData)
        }
    }

    package func decrypt(
        _ sealed: SealedBytes, with material: KeyMaterial, additionalData: Span<UInt8>
    ) throws(HSMError) -> SecretBytes {
        let name = try Self.name(of: material)
        return try perform { login, session throws(PKCS11Error) in
            let key = try login.handle(of: name, in: session)
            do throws(PKCS11Error) {
                return try session.decrypt(sealed, with: key, additionalData: additionalData)
            } catch .refused("C_Decrypt", let code) where code.mayMeanRefusedTag {
                try login.selfTest.repeat(in: session)
                throw .cannotDecrypt
            } catch .refused("C_DecryptInit", .mechanismParameterInvalid) {
                // An IV of a length that only other modes have.
                guard sealed.iv.count != ivByteCount else {
                    throw .refused(function: "C_DecryptInit", .mechanismParameterInvalid)
                }
                throw .cannotDecrypt
            }
        }
    }

    /// Destroys every object of that name within the token. One that is not there is destroyed
    /// already.
    package func destroyMaterial(_ material: KeyMaterial) throws(HSMError) {
        let name = try Self.name(of: material)
        do throws(HSMError) {
            try perform { login, session throws(PKCS11Error) in
                // Handles that are known may be stale, and do not say how many objects there are.
                login.forgetHandle(of: name)
                let objects = try session.findKeys(name)
                guard !objects.isEmpty else { throw .unknownObject }
                for object in objects { try session.destroy(object) }
            }
        } catch .unusableMaterial {
            return
        }
    }

    /// Throws `unusableMaterial` where the store's record is damaged: no object can be looked for.
    private static func name(of material: KeyMaterial) throws(HSMError) -> MaterialName {
        guard let name = MaterialName(of: material) else { throw .unusableMaterial }
        return name
    }

    /// Runs a call in a session of its own; where there is a remedy for its failure, once more.
    private func perform<R: ~Copyable>(
        _ body: (PKCS11Login, PKCS11Session) throws(PKCS11Error) -> R
    ) throws(HSMError) -> R {
        var tried: Set<PKCS11Error.Remedy> = []
        do throws(PKCS11Error) {
            while true {
                let login = try login()
                do throws(PKCS11Error) {
                    return try login.withSession { session throws(PKCS11Error) in
                        try body(login, session)
                    }
                } catch {
                    guard let remedy = Self.remedy(for: error, in: login),
                        tried.insert(remedy).inserted
                    else { throw error }
                    switch remedy {
                    case .otherSession: break
                    case .forgetHandles: login.forgetHandles()
                    case .reconnect: drop(login)
                    }
                }
            }
        } catch {
            throw HSMError(error)
        }
    }

    /// The login of the moment. Others who need one wait until it is made.
    private func login() throws(PKCS11Error) -> PKCS11Login {
        try current.update { current throws(PKCS11Error) in
            if let login = current { return login }
            try PKCS11Module.at(configuration.modulePath).restart()
            let login = try PKCS11Login(
                configuration, serial: serial, mode: ivMode, pins: pins)
            current = login
            return login
        }
    }

    /// Beyond what is plain: an object that is not found, or a failure without a reason, may mean that
    /// the token was away. A login that was made a moment ago is believed.
    private static func remedy(
        for error: PKCS11Error, in login: PKCS11Login
    ) -> PKCS11Error.Remedy? {
        if let remedy = error.remedy { return remedy }
        guard !login.isFresh else { return nil }
        switch error {
        case .unknownObject: return .reconnect
        case .refused(_, let code): return code.isUnspecific ? .reconnect : nil
        default: return nil
        }
    }

    private func drop(_ lost: PKCS11Login) {
        lost.retire()
        current.update { if $0 === lost { $0 = nil } }
    }
}

import CPKCS11
import LibCrypto

/// What a token must show before it is trusted with keys: that it makes keys as it is told, and that
/// its AES-GCM is AES-GCM. Every login begins with it.
///
/// It uses a key that is never stored and dies with the session that made it. The key's other use is
/// to tell a wrong tag from a broken token later: many modules answer both with the same code.
struct SelfTest: Sendable {
    /// Found, or confirmed.
    let ivMode: PKCS11Configuration.IVMode
    private let key: CK_OBJECT_HANDLE
    private let sealed: SealedBytes

    private static let additionalData = Array("okms self-test v1".utf8)

    /// `anchor` is logged in and stays open for as long as the test may be repeated.
    static func run(
        on token: PKCS11Token, anchor: PKCS11Session, mode: PKCS11Configuration.IVMode?,
        lacking: Set<PKCS11Configuration.Hardening>
    ) throws(PKCS11Error) -> SelfTest {
        let module = anchor.module
        try token.checkMechanisms(of: module)
        let key = try anchor.generateKey(
            .generating(.selfTest(), isStored: false, lacking: lacking))
        try anchor.checkFlags(of: key, lacking: lacking)
        if !lacking.contains(.allowedMechanisms) {
            let isWide = try PKCS11Session.withTemporary(with: token, of: module) {
                $0.allowsBareAES(with: key)
            }
            guard !isWide else {
                throw .misbehaved("the token ignores CKA_ALLOWED_MECHANISMS")
            }
        }
        var problems: [String] = []
        for mode in mode.map({ [$0] }) ?? PKCS11Configuration.IVMode.all {
            do throws(PKCS11Error) {
                // A failed attempt may leave a session with an operation that has not ended.
                let sealed = try PKCS11Session.withTemporary(with: token, of: module) {
                    session throws(PKCS11Error) in try roundTrips(in: mode, with: key, session)
                }
                return SelfTest(ivMode: mode, key: key, sealed: sealed)
            } catch {
                if error.remedy == .reconnect { throw error }
                problems.append("IV mode \(mode): \(error)")
            }
        }
        throw .misbehaved("the self-test failed; " + problems.joined(separator: "; "))
    }

    /// Throws unless the session still decrypts what it must.
    func `repeat`(in session: PKCS11Session) throws(PKCS11Error) {
        do throws(PKCS11Error) {
            _ = try session.decrypt(sealed, with: key, additionalData: Self.additionalData.span)
        } catch {
            throw .faulty("the token decrypts nothing any more: \(error)")
        }
    }

    private static func roundTrips(
        in mode: PKCS11Configuration.IVMode, with key: CK_OBJECT_HANDLE, _ session: PKCS11Session
    ) throws(PKCS11Error) -> SealedBytes {
        let text = SecretBytes(count: 32) { text in
            for i in text.indices { text[i] = UInt8(i) }
        }
        func seal() throws(PKCS11Error) -> SealedBytes {
            try session.encrypt(
                text, with: key, mode: mode, additionalData: additionalData.span)
        }
        let (one, other) = (try seal(), try seal())
        guard one.iv != other.iv, one.ciphertext != other.ciphertext else {
            throw .misbehaved("the token used an IV twice")
        }
        for sealed in [one, other] {
            let opened = try session.decrypt(
                sealed, with: key, additionalData: additionalData.span)
            let isSame = opened.withBytes { text in
                text.indices.allSatisfy { text[$0] == UInt8($0) }
            }
            guard isSame else {
                throw .misbehaved("the token does not decrypt to what it encrypted")
            }
        }
        let altered = [
            SealedBytes(iv: flipped(one.iv), ciphertext: one.ciphertext, tag: one.tag),
            SealedBytes(iv: one.iv, ciphertext: flipped(one.ciphertext), tag: one.tag),
            SealedBytes(iv: one.iv, ciphertext: one.ciphertext, tag: flipped(one.tag)),
        ]
        for sealed in altered {
            try expectRefusal(of: sealed, additionalData, with: key, session)
        }
        try expectRefusal(of: one, flipped(additionalData), with: key, session)
        return one
    }

    private static func expectRefusal(
        of sealed: SealedBytes, _ additionalData: [UInt8], with key: CK_OBJECT_HANDLE,
        _ session: PKCS11Session
    ) throws(PKCS11Error) {
        do throws(PKCS11Error) {
            _ = try session.decrypt(sealed, with: key, additionalData: additionalData.span)
        } catch .refused(_, let code) where code.mayMeanRefusedTag {
            return
        }
        throw .misbehaved("the token decrypts what was altered")
    }

    private static func flipped(_ bytes: [UInt8]) -> [UInt8] {
        var bytes = bytes
        bytes[bytes.count - 1] ^= 1
        return bytes
    }
}

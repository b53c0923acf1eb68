import CPKCS11
import LibCrypto

/// A token in a slot, found by its label: slot numbers change, labels are what operators give.
struct PKCS11Token: Sendable {
    let slot: CK_SLOT_ID
    let label: String
    let serial: String
    /// At most so many sessions of ours at once; nil where the token does not say.
    let maximumSessionCount: Int?

    /// A digest of label and serial number, which stay while the token's keys do.
    var identity: [UInt8] {
        var digest = SHA256()
        digest.update(Array("okms pkcs11 token v1".utf8).span)
        for text in [serial, label] {
            digest.update([UInt8(truncatingIfNeeded: text.utf8.count)].span)
            digest.update(Array(text.utf8).span)
        }
        return digest.finish()
    }

    /// The one initialised token of that label, and of that serial number where one is asked for.
    static func find(
        label: String, serial: String?, in module: PKCS11Module
    ) throws(PKCS11Error) -> PKCS11Token {
        var found: [PKCS11Token] = []
        for slot in try slots(of: module) {
            guard let token = try PKCS11Token(in: slot, of: module) else { continue }
            if token.label == label, serial == nil || token.serial == serial {
                found.append(token)
            }
        }
        let name = serial.map { "'\(label)' and serial number \($0)" } ?? "'\(label)'"
        guard let token = found.first else {
            throw .unreachable("\(module.path) has no token with the label \(name)")
        }
        guard found.count == 1 else {
            throw .unreachable(
                "\(found.count) tokens have the label \(name) (serial numbers "
                    + found.map(\.serial).joined(separator: ", ") + "); name one of them")
        }
        return token
    }

    private static func slots(of module: PKCS11Module) throws(PKCS11Error) -> [CK_SLOT_ID] {
        // A token may be put in between the two calls, so there is room for some more.
        var count: CK_ULONG = 0
        try module.call("C_GetSlotList") {
            unsafe $0.C_GetSlotList?(CK_BBOOL(CK_TRUE), nil, &count)
        }
        count += 16
        var slots = [CK_SLOT_ID](repeating: 0, count: Int(count))
        try module.call("C_GetSlotList") {
            unsafe $0.C_GetSlotList?(CK_BBOOL(CK_TRUE), &slots, &count)
        }
        return Array(slots.prefix(Int(count)))
    }

    /// Nil for a token that was never initialised, or has gone meanwhile.
    private init?(in slot: CK_SLOT_ID, of module: PKCS11Module) throws(PKCS11Error) {
        var info = CK_TOKEN_INFO()
        do throws(PKCS11Error) {
            try module.call("C_GetTokenInfo") { unsafe $0.C_GetTokenInfo?(slot, &info) }
        } catch {
            if case .refused(_, let code) = error, code.meansLostToken { return nil }
            throw error
        }
        let initialized = CK_ULONG(CKF_TOKEN_INITIALIZED)
        guard info.flags & initialized != 0 else { return nil }
        self.slot = slot
        label = unsafe withUnsafeBytes(of: info.label) { unsafe Self.text(Array($0)) }
        serial = unsafe withUnsafeBytes(of: info.serialNumber) { unsafe Self.text(Array($0)) }
        // 0 is no limit, all ones is not known.
        let limits = [info.ulMaxSessionCount, info.ulMaxRwSessionCount].filter {
            $0 != 0 && $0 != .max
        }
        maximumSessionCount = limits.min().map { Int(clamping: $0) }
    }

    /// Texts are padded with blanks; some modules end them with a zero instead.
    private static func text(_ padded: [UInt8]) -> String {
        var bytes = padded.prefix { $0 != 0 }
        while bytes.last == UInt8(ascii: " ") { bytes.removeLast() }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Throws unless the token encrypts and decrypts with AES-GCM and makes AES keys.
    func checkMechanisms(of module: PKCS11Module) throws(PKCS11Error) {
        let wanted: [(String, CK_MECHANISM_TYPE, CK_FLAGS)] = [
            ("CKM_AES_GCM", CK_ULONG(CKM_AES_GCM), CK_ULONG(CKF_ENCRYPT | CKF_DECRYPT)),
            ("CKM_AES_KEY_GEN", CK_ULONG(CKM_AES_KEY_GEN), CK_ULONG(CKF_GENERATE)),
        ]
        for (name, mechanism, flags) in wanted {
            var info = CK_MECHANISM_INFO()
            do throws(PKCS11Error) {
                try module.call("C_GetMechanismInfo") {
                    unsafe $0.C_GetMechanismInfo?(slot, mechanism, &info)
                }
            } catch {
                if error.remedy == .reconnect { throw error }
                throw .misbehaved("the token does not offer \(name): \(error)")
            }
            guard info.flags & flags == flags else {
                throw .misbehaved("the token's \(name) does not do what is needed")
            }
        }
    }
}

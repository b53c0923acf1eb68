/// Why a call of a token failed, before anyone decides what to do about it.
enum PKCS11Error: Error, Equatable, Sendable {
    /// A function answered something else than CKR_OK.
    case refused(function: String, ReturnCode)
    /// A ciphertext that does not authenticate. Says no more.
    case cannotDecrypt
    /// The token has no object, or more than one, of the name that the store keeps.
    case unknownObject
    /// The module did what AES-GCM or the standard does not allow.
    case misbehaved(String)
    /// The session decrypts nothing any more, not even what it must.
    case faulty(String)
    /// There is no way to the token at all: the module or the token is not there.
    case unreachable(String)
    /// The token refuses the PIN, or its file is not fit to be read.
    case pinRefused(String)
    /// There is no PIN in the file, or no file.
    case pinMissing(String)

    /// What may help, once.
    var remedy: Remedy? {
        if case .faulty = self { return .reconnect }
        guard case .refused(_, let code) = self else { return nil }
        if code.meansStaleHandle { return .forgetHandles }
        if code.meansLostToken { return .reconnect }
        // OPERATION_ACTIVE: what an earlier failure left behind; that session was closed.
        return code.rawValue == 0x90 ? .otherSession : nil
    }

    enum Remedy: Hashable { case otherSession, forgetHandles, reconnect }

    /// Whether the session can serve the next call: nothing was begun, or all of it has ended.
    var leavesSessionUsable: Bool {
        switch self {
        case .cannotDecrypt, .unknownObject: true
        case .refused(_, let code): code.meansStaleHandle
        case .misbehaved, .faulty, .unreachable, .pinRefused, .pinMissing: false
        }
    }

    /// Throws unless a call has succeeded.
    static func check(_ function: String, _ answer: UInt) throws(PKCS11Error) {
        let code = ReturnCode(rawValue: answer)
        guard code == .ok else { throw .refused(function: function, code) }
    }
}

extension PKCS11Error: CustomStringConvertible {
    var description: String {
        switch self {
        case .refused(let function, let code): "\(function) answered \(code)"
        case .cannotDecrypt: "the ciphertext does not authenticate"
        case .unknownObject: "the token does not hold the key"
        case .misbehaved(let what), .faulty(let what): what
        case .unreachable(let reason), .pinRefused(let reason), .pinMissing(let reason): reason
        }
    }
}

extension HSMError {
    init(_ error: PKCS11Error) {
        switch error {
        case .cannotDecrypt: self = .cannotDecrypt
        case .unknownObject: self = .unusableMaterial
        case .refused(_, let code) where code.meansLostToken: self = .unreachable("\(error)")
        case .unreachable(let reason): self = .unreachable(reason)
        case .pinRefused(let reason): self = .refused(reason)
        case .pinMissing(let reason): self = .missing(reason)
        case .refused, .misbehaved, .faulty: self = .failed("\(error)")
        }
    }
}

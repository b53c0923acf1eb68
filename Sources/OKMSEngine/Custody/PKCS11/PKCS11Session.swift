import CPKCS11
import LibCrypto

/// An open session with a token, for one thread at a time: two threads in one session corrupt some
/// modules' memory, whatever locking they promise. Whoever opened it closes it.
/// Source: PKCS#11 2.40 §5.6, §5.7.
struct PKCS11Session: Sendable {
    let module: PKCS11Module
    let handle: CK_SESSION_HANDLE

    /// Opens a session that may also make and destroy keys; some tokens know no other.
    static func open(
        with token: PKCS11Token, of module: PKCS11Module
    ) throws(PKCS11Error) -> PKCS11Session {
        var handle: CK_SESSION_HANDLE = 0
        let flags = CK_ULONG(CKF_SERIAL_SESSION | CKF_RW_SESSION)
        module.enter()
        do throws(PKCS11Error) {
            try module.call("C_OpenSession") {
                unsafe $0.C_OpenSession?(token.slot, flags, nil, nil, &handle)
            }
        } catch {
            module.leave()
            throw error
        }
        return PKCS11Session(module: module, handle: handle)
    }

    /// Lends a session that does not outlive the call, whatever state it ends up in.
    static func withTemporary<R>(
        with token: PKCS11Token, of module: PKCS11Module,
        _ body: (PKCS11Session) throws(PKCS11Error) -> R
    ) throws(PKCS11Error) -> R {
        let session = try open(with: token, of: module)
        defer { session.close() }
        return try body(session)
    }

    /// A session that is lost already cannot be closed, and need not be.
    func close() {
        try? module.call("C_CloseSession") { $0.C_CloseSession?(handle) }
        module.leave()
    }

    /// Logs the whole process in. Done already, by whomever in the process, is as good.
    func logIn(_ pin: borrowing SecretBytes) throws(PKCS11Error) {
        do throws(PKCS11Error) {
            try pin.withBytes { pin throws(PKCS11Error) in
                try unsafe pin.withUnsafeBufferPointer { pin throws(PKCS11Error) in
                    let start = unsafe UnsafeMutablePointer(mutating: pin.baseAddress)
                    try module.call("C_Login") {
                        unsafe $0.C_Login?(
                            handle, CK_ULONG(CKU_USER), start, CK_ULONG(pin.count))
                    }
                }
            }
        } catch .refused("C_Login", .userAlreadyLoggedIn) {
            return
        }
    }

    /// Whether the process is still logged in; a token may have forgotten it without a word.
    func isLoggedIn() throws(PKCS11Error) -> Bool {
        var info = CK_SESSION_INFO()
        try module.call("C_GetSessionInfo") { unsafe $0.C_GetSessionInfo?(handle, &info) }
        return info.state == CK_ULONG(CKS_RW_USER_FUNCTIONS)
    }

    func generateKey(_ template: KeyTemplate) throws(PKCS11Error) -> CK_OBJECT_HANDLE {
        try module.changingObjects { () throws(PKCS11Error) in try generateKeyAlone(template) }
    }

    private func generateKeyAlone(
        _ template: KeyTemplate
    ) throws(PKCS11Error) -> CK_OBJECT_HANDLE {
        var key: CK_OBJECT_HANDLE = 0
        var mechanism = unsafe CK_MECHANISM(
            mechanism: CK_ULONG(CKM_AES_KEY_GEN), pParameter: nil, ulParameterLen: 0)
        let answer = unsafe template.withTemplate { template in
            unsafe module.functions.pointee.C_GenerateKey?(
                handle, &mechanism, template.baseAddress, CK_ULONG(template.count), &key)
        }
        try PKCS11Error.check(
            "C_GenerateKey", answer ?? ReturnCode.functionNotSupported.rawValue)
        return key
    }

    /// The one object of that name. Throws `unknownObject` where there is none, or two.
    func findKey(_ name: MaterialName) throws(PKCS11Error) -> CK_OBJECT_HANDLE {
        let found = try findKeys(name)
        guard found.count == 1 else { throw .unknownObject }
        return found[0]
    }

    /// All objects of that name: a token that was copied back or tampered with may have several.
    func findKeys(_ name: MaterialName) throws(PKCS11Error) -> [CK_OBJECT_HANDLE] {
        let found = try module.changingObjects { () throws(PKCS11Error) in
            try findKeysAlone(name)
        }
        // Private objects are not shown to whom is not logged in.
        if found.isEmpty, try !isLoggedIn() {
            throw .refused(function: "C_FindObjects", .userNotLoggedIn)
        }
        return found
    }

    private func findKeysAlone(_ name: MaterialName) throws(PKCS11Error) -> [CK_OBJECT_HANDLE] {
        let answer = unsafe KeyTemplate.finding(name).withTemplate { template in
            unsafe module.functions.pointee.C_FindObjectsInit?(
                handle, template.baseAddress, CK_ULONG(template.count))
        }
        try PKCS11Error.check(
            "C_FindObjectsInit", answer ?? ReturnCode.functionNotSupported.rawValue)
        var found: [CK_OBJECT_HANDLE] = []
        var some: [CK_OBJECT_HANDLE] = [0, 0]
        var count: CK_ULONG = 0
        repeat {
            try module.call("C_FindObjects") {
                unsafe $0.C_FindObjects?(handle, &some, CK_ULONG(some.count), &count)
            }
            found += some.prefix(Int(count))
        } while count > 0
        try module.call("C_FindObjectsFinal") { $0.C_FindObjectsFinal?(handle) }
        return found
    }

    func destroy(_ key: CK_OBJECT_HANDLE) throws(PKCS11Error) {
        try module.changingObjects { () throws(PKCS11Error) in
            try module.call("C_DestroyObject") { $0.C_DestroyObject?(handle, key) }
        }
    }

    /// Throws unless a key is as its template said: some modules take an attribute and ignore it.
    func checkFlags(
        of key: CK_OBJECT_HANDLE, lacking: Set<PKCS11Configuration.Hardening>
    ) throws(PKCS11Error) {
        for (name, type, value) in KeyTemplate.flags(lacking: lacking) {
            guard try flag(type, of: key) == value else {
                throw .misbehaved("the token made a key whose \(name) is not \(value)")
            }
        }
    }

    private func flag(
        _ type: CK_ATTRIBUTE_TYPE, of key: CK_OBJECT_HANDLE
    ) throws(PKCS11Error) -> Bool {
        var value = CK_BBOOL(0)
        let answer = unsafe withUnsafeMutablePointer(to: &value) { value in
            var attribute = unsafe CK_ATTRIBUTE(type: type, pValue: value, ulValueLen: 1)
            return unsafe module.functions.pointee.C_GetAttributeValue?(
                handle, key, &attribute, 1)
        }
        try PKCS11Error.check(
            "C_GetAttributeValue", answer ?? ReturnCode.functionNotSupported.rawValue)
        return value != 0
    }
}

import Locking
import CPKCS11
private import Glibc

/// A vendor's library, loaded and initialised once in a process, however many use it.
///
/// It is finalised only to begin anew after a loss, and only while nobody here uses it: that ends all
/// sessions of the process. It is never unloaded: its threads may still run.
///
/// Safe to share: the function list does not change once loaded, and the library was told to lock.
/// Source: PKCS#11 2.40 §5.4, §6.7.
@safe
final class PKCS11Module: @unchecked Sendable {
    let path: String
    let functions: CK_FUNCTION_LIST_PTR
    /// The process that initialised it; in a child of that process, nothing of it may be used.
    private let process: pid_t

    private let objects = Monitor<Void>(())
    /// Sessions that are open, and logins that are being made.
    private let userCount = Monitor(0)

    private static let loaded = Monitor<[String: PKCS11Module]>([:])

    /// Loads what is not loaded yet.
    static func at(_ path: String) throws(PKCS11Error) -> PKCS11Module {
        try loaded.update { modules throws(PKCS11Error) in
            if let module = modules[path] { return module }
            let module = try PKCS11Module(path)
            modules[path] = module
            return module
        }
    }

    private init(_ path: String) throws(PKCS11Error) {
        var functions: CK_FUNCTION_LIST_PTR?
        var problem = [CChar](repeating: 0, count: 512)
        let answer = unsafe okms_p11_load(path, &functions, &problem, problem.count)
        guard answer != ReturnCode.libraryLoadFailed.rawValue else {
            let reason = String(
                decoding: problem.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            throw .unreachable("cannot load the PKCS#11 module \(path): \(reason)")
        }
        try PKCS11Error.check("C_GetFunctionList", answer)
        guard let functions = unsafe functions else {
            throw .unreachable("the PKCS#11 module \(path) has no functions")
        }
        self.path = path
        unsafe self.functions = functions
        process = getpid()
        try initialize()
    }

    /// Another part of the process may have initialised the library before; that is as good.
    func initialize() throws(PKCS11Error) {
        let answer = unsafe okms_p11_initialize(functions)
        let code = ReturnCode(rawValue: answer)
        guard code == .ok || code == .alreadyInitialized else {
            throw .unreachable(
                "the PKCS#11 module \(path) does not start: C_Initialize answered \(code)")
        }
    }

    func enter() { userCount.update { $0 += 1 } }
    func leave() { userCount.update { $0 -= 1 } }

    /// Begins anew after a loss. Some modules (SoftHSM) never find a token or an object again that
    /// was away for a moment, and look afresh only when they are initialised.
    ///
    /// Waits a moment for calls in flight. Where somebody else in the process goes on using the
    /// module, nothing is done: his sessions would end.
    func restart() throws(PKCS11Error) {
        for _ in 0..<100 {
            let isDone = try userCount.update { count throws(PKCS11Error) in
                guard count == 0 else { return false }
                // One that is not initialised any more is as good.
                try? call("C_Finalize") { $0.C_Finalize?(nil) }
                try initialize()
                return true
            }
            if isDone { return }
            usleep(10_000)
        }
    }

    /// Throws in a process that was forked off: sessions, logins and locks are its parent's.
    func checkProcess() throws(PKCS11Error) {
        guard getpid() == process else {
            throw .unreachable(
                "the PKCS#11 module was loaded before this process was forked off; spawn instead")
        }
    }

    /// Makes one call and throws unless it answers CKR_OK. A function that a library leaves out
    /// is nil in its list.
    func call(
        _ name: String, _ body: (CK_FUNCTION_LIST) -> CK_RV?
    ) throws(PKCS11Error) {
        let answer = unsafe body(functions.pointee)
        try PKCS11Error.check(name, answer ?? ReturnCode.functionNotSupported.rawValue)
    }

    /// Makes, finds and destroys objects one at a time in the process: SoftHSM answers GENERAL_ERROR
    /// now and then where two threads do so at once. Encryption and decryption need none of this.
    func changingObjects<R, E: Error>(_ body: () throws(E) -> R) throws(E) -> R {
        try objects.update { _ throws(E) in try body() }
    }
}

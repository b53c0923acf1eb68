/// What can go wrong in this target.
package enum CryptoError: Error, Equatable {
    /// The tag does not belong to this key, IV, additional data and ciphertext. Says no more.
    case authenticationFailed
    /// An argument has a length the primitive does not take, in bytes.
    case invalidLength(Int, of: String)
    /// An OpenSSL call failed for a reason of its own (out of memory, a provider missing).
    case openSSL(String)
}

extension CryptoError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .authenticationFailed: "authentication failed"
        case .invalidLength(let count, let what): "a length of \(count) bytes does not fit \(what)"
        case .openSSL(let function): "OpenSSL refused \(function)"
        }
    }
}

private import Glibc
private import SystemIO

/// Why a server cannot start, or stopped.
package enum ServerError: Error, Hashable {
    case plaintextBeyondLoopback(address: String)
    case metricsBeyondReach(address: String)
    case cannotListen(address: String, reason: String)
    case cannotRead(String, errno: Int32)
    case cannotLoad(String, what: String)
    case mismatchedKey(certificate: String, key: String)
}

extension ServerError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .plaintextBeyondLoopback(let address):
            "\(address) is reachable from other machines, and there is no certificate"
        case .metricsBeyondReach(let address):
            "\(address) is for requests; metrics need an address of their own"
        case .cannotListen(let address, let reason): "cannot listen on \(address): \(reason)"
        case .cannotRead(let path, let number):
            "cannot read '\(path)': \(systemMessage(number))"
        case .cannotLoad(let path, let what): "cannot load '\(path)': it must hold \(what)"
        case .mismatchedKey(let certificate, let key):
            "the private key '\(key)' does not belong to the certificate '\(certificate)'"
        }
    }
}

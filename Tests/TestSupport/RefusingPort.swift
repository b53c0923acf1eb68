import Foundation
import Glibc

/// Runs `body` with the URL of a port that refuses connections: it is taken, so that no other test's
/// server can get it meanwhile, but nothing listens.
package func withRefusingPort(_ body: (_ url: String) throws -> Void) throws {
    let taken = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(taken) }
    try body("http://127.0.0.1:\(bindToLoopback(taken))")
}

/// Takes a free port of 127.0.0.1, and returns its number.
///
/// A listener that is shut down gives a port away that the system chose for it. `keepingPort`: not so.
func bindToLoopback(_ socket: Int32, keepingPort: Bool = false) throws -> Int {
    guard keepingPort else { return try bind(socket, to: 0) }
    // The same port once more, asked for by its number, while this one keeps others from it.
    let holder = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(holder) }
    for socket in [holder, socket] {
        var yes: Int32 = 1
        unsafe setsockopt(
            socket, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
    }
    return try bind(socket, to: bind(holder, to: 0))
}

/// Binds to a port of 127.0.0.1, or to any where it is 0; returns which it is.
private func bind(_ socket: Int32, to port: Int) throws -> Int {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = in_addr_t(UInt32(0x7f00_0001).bigEndian)
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let status = unsafe withUnsafeMutablePointer(to: &address) { address in
        unsafe address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
            unsafe Glibc.bind(socket, address, length) == 0
                && getsockname(socket, address, &length) == 0
        }
    }
    guard status else { throw POSIXError(.EADDRINUSE) }
    return Int(UInt16(bigEndian: address.sin_port))
}

private import Glibc
private import NIOCore

/// Where a server listens: an IP address and a port; port 0 lets the system choose one.
///
/// Numeric only, so that what is exposed does not depend on a name service.
package struct ListenAddress: Hashable, Sendable, CustomStringConvertible {
    package let host: String
    package let port: Int

    /// `127.0.0.1:8200`, `[::1]:8200`. Nil for anything else.
    package init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":"),
            let port = UInt16(text[text.index(after: colon)...]),
            text[text.index(after: colon)...].utf8.allSatisfy({ 0x30...0x39 ~= $0 })
        else { return nil }
        var host = String(text[..<colon])
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = String(host.dropFirst().dropLast())
            guard host.contains(":") else { return nil }
        } else if host.contains(":") {
            return nil
        }
        guard (try? SocketAddress(ipAddress: host, port: Int(port))) != nil else { return nil }
        self.host = host
        self.port = Int(port)
    }

    /// 127.0.0.1:8200.
    package static let standard = ListenAddress(host: "127.0.0.1", port: 8200)

    func with(port: Int) -> ListenAddress { ListenAddress(host: host, port: port) }

    private init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// Whether only this machine can reach it.
    package var isLoopback: Bool {
        host == "::1" || (!host.contains(":") && host.hasPrefix("127."))
    }

    package var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}

private import Glibc
import NIOCore

/// Where a request came from, as far as it can be told: the other end of its connection.
package struct RequestSource: Hashable, Sendable, CustomStringConvertible {
    /// An IP address, or `local` where there is none.
    package let description: String
    /// What counts as one origin of failures: an IPv4 address, or the first half of an IPv6 one, all
    /// of which is usually one customer's.
    package let origin: String
    /// Whether every program of this machine shares the address.
    package let isLoopback: Bool

    package init(_ address: String) {
        description = address
        isLoopback =
            address == "::1" || address.hasPrefix("127.") || address.hasPrefix("::ffff:127.")
            || address == "local"
        origin = Self.origin(of: address)
    }

    init(_ address: SocketAddress?) {
        self.init(address?.ipAddress ?? "local")
    }

    /// `192.0.2.1`, also where it came within an IPv6 address, or `2001:db8:0:1::/64`.
    /// Source: inet_pton(3), inet_ntop(3).
    private static func origin(of address: String) -> String {
        var bytes = [UInt8](repeating: 0, count: 16)
        guard address.contains(":"), unsafe inet_pton(AF_INET6, address, &bytes) == 1 else {
            return address
        }
        let isMapped = bytes[..<10].allSatisfy { $0 == 0 } && bytes[10] == 0xff && bytes[11] == 0xff
        if isMapped { return bytes[12...].map { "\($0)" }.joined(separator: ".") }
        bytes.replaceSubrange(8..., with: [UInt8](repeating: 0, count: 8))
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        guard
            unsafe inet_ntop(AF_INET6, bytes, &text, socklen_t(text.count)) != nil
        else { return address }
        return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init), as: UTF8.self) + "/64"
    }
}

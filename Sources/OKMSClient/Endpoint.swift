/// Where a service listens: a URL of scheme, host and port.
///
/// Plain HTTP is for this machine alone: whoever listens on the way reads data keys.
package struct Endpoint: Hashable, Sendable, CustomStringConvertible {
    package let description: String
    /// As the `Host` header has it: with the port, unless it is the scheme's own.
    package let host: String
    package let isSecure: Bool

    package init(
        _ url: String, allowingPlainHTTP: Bool = false
    ) throws(ClientSetupError) {
        let isSecure = url.hasPrefix("https://")
        guard isSecure || url.hasPrefix("http://"), url.utf8.allSatisfy({ 0x21...0x7e ~= $0 })
        else { throw .invalidEndpoint(url, "it is no https:// URL") }
        var authority = url.dropFirst(isSecure ? 8 : 7)
        if authority.hasSuffix("/") { authority = authority.dropLast() }
        guard !authority.contains(where: { "/?#\\".contains($0) }) else {
            throw .invalidEndpoint(url, "it must end behind the host")
        }
        guard !authority.contains("@") else {
            // The text may hold a password.
            throw .invalidEndpoint("the URL", "no user or password may stand in it")
        }
        guard let (host, port) = Self.split(authority) else {
            throw .invalidEndpoint(url, "its host or port is none")
        }
        guard isSecure || allowingPlainHTTP || Self.isLoopback(host) else {
            throw .insecureEndpoint(url)
        }
        let isUsual = port == nil || port == (isSecure ? 443 : 80)
        self.isSecure = isSecure
        self.host = isUsual ? host : port.map { "\(host):\($0)" } ?? host
        description = "\(isSecure ? "https" : "http")://\(self.host)"
    }

    /// Amazon's own service names keys in a partition of its own.
    var isAmazon: Bool {
        let name = host.prefix { $0 != ":" }
        return name.hasSuffix(".amazonaws.com") || name.hasSuffix(".api.aws")
    }

    private static func split(_ authority: Substring) -> (host: String, port: Int?)? {
        var host = authority
        var rest: Substring = ""
        if authority.hasPrefix("[") {
            guard let end = authority.firstIndex(of: "]") else { return nil }
            host = authority[...end]
            rest = authority[end...].dropFirst()
        } else if let colon = authority.firstIndex(of: ":") {
            host = authority[..<colon]
            rest = authority[colon...]
        }
        guard !host.isEmpty, host != "[]" else { return nil }
        guard !rest.isEmpty else { return (host.lowercased(), nil) }
        guard rest.hasPrefix(":"), let port = UInt16(rest.dropFirst()), port > 0 else { return nil }
        return (host.lowercased(), Int(port))
    }

    private static func isLoopback(_ host: String) -> Bool {
        if host == "localhost" || host == "[::1]" { return true }
        let numbers = host.split(separator: ".", omittingEmptySubsequences: false)
        return numbers.count == 4 && numbers[0] == "127" && numbers.allSatisfy { UInt8($0) != nil }
    }
}

/// Why there is no client, before any call was made.
package enum ClientSetupError: Error, Equatable, Sendable {
    case invalidEndpoint(String, String)
    case insecureEndpoint(String)
    case noRegion
    case invalidRegion(String)
    /// Nothing names an access key; the places that were searched.
    case noCredentials(searched: [String])
    /// What was found there cannot be used.
    case unusableCredentials(place: String, reason: String)
}

extension ClientSetupError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .invalidEndpoint(let url, let reason):
            "\(url) is no endpoint of a key service: \(reason)"
        case .insecureEndpoint(let url):
            "\(url) is not on this machine and not https: anyone on the way could read data keys"
        case .noRegion: "no region is named for the key service"
        case .invalidRegion(let region): "'\(region)' is no region"
        case .noCredentials(let places):
            "there are no credentials for the key service (searched: "
                + "\(places.joined(separator: ", ")))"
        case .unusableCredentials(let place, let reason): "credentials in \(place): \(reason)"
        }
    }
}

/// What is sent: a POST, whose body is lent for the length of the call.
package struct HTTPRequest: Sendable {
    package var url: String
    /// `Host` included, if it is signed.
    package var headers: [(name: String, value: String)]
    /// Until there is a connection.
    package var connectTimeout: Duration
    /// Until the answer is whole.
    package var timeout: Duration
    /// Longer answers are errors.
    package var responseByteLimit: Int
    /// Whether the server may get the request twice: libcurl sends anew what a kept connection, closed
    /// by the server in that moment, did not answer. If not, the request gets a connection of its own.
    package var isRepeatable: Bool

    package init(
        url: String, headers: [(name: String, value: String)] = [],
        connectTimeout: Duration = .seconds(10), timeout: Duration = .seconds(60),
        responseByteLimit: Int = 1 << 20, isRepeatable: Bool = true
    ) {
        self.url = url
        self.headers = headers
        self.connectTimeout = connectTimeout
        self.timeout = timeout
        self.responseByteLimit = responseByteLimit
        self.isRepeatable = isRepeatable
    }

    var isSecure: Bool { url.lowercased().hasPrefix("https:") }
}

/// What came back, whatever its status.
package struct HTTPResponse: ~Copyable, Sendable {
    package let status: Int
    /// How long the server asks to wait before the next request; 0 where it does not.
    package let retryAfter: Duration
    package let body: WipedBytes
}

/// Whom a client of TLS trusts.
package enum TrustAnchors: Hashable, Sendable {
    /// What the system trusts.
    case system
    /// The certificates of a file in PEM, and no others.
    case file(String)
}

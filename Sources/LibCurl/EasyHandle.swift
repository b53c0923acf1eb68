private import CLibCurl

/// One handle of libcurl, with the connection it keeps.
///
/// Sendable because one request at a time uses it: `HTTPClient` takes it out of its list before, and
/// puts it back after.
/// Source: curl_easy_setopt(3), curl_easy_perform(3).
@safe
final class EasyHandle: @unchecked Sendable {
    private static let isStarted = curl_start() == CURLE_OK

    private let curl: UnsafeMutableRawPointer
    private let trust: TrustAnchors

    init(_ trust: TrustAnchors, userAgent: String) throws(HTTPError) {
        guard Self.isStarted, let curl = unsafe curl_easy_init() else {
            throw .failed(reason: "libcurl does not start")
        }
        unsafe self.curl = curl
        self.trust = trust
        try set(CURLOPT_NOSIGNAL, 1)
        try set(CURLOPT_NOPROGRESS, 0)
        try set(CURLOPT_FOLLOWLOCATION, 0)
        try set(CURLOPT_HTTP_VERSION, CLong(CURL_HTTP_VERSION_1_1))
        try set(CURLOPT_SSLVERSION, CLong(CURL_SSLVERSION_TLSv1_2))
        try set(CURLOPT_TCP_KEEPALIVE, 1)
        try set(CURLOPT_PROTOCOLS_STR, "http,https")
        try set(CURLOPT_USERAGENT, userAgent)
        if case .file(let path) = trust {
            try set(CURLOPT_CAINFO, path)
            // Not beside the system's folder of certificates.
            try check(unsafe curl_set_text(curl, CURLOPT_CAPATH, nil))
        }
        try check(unsafe curl_set_receiver(curl, receive))
        try check(unsafe curl_set_watcher(curl, watch))
    }

    deinit { unsafe curl_easy_cleanup(curl) }

    func post(
        _ request: HTTPRequest, body: Span<UInt8>, isCancelled: @escaping @Sendable () -> Bool
    ) throws(HTTPError) -> HTTPResponse {
        let headers = try HeaderList(request.headers)
        let transfer = Transfer(limit: request.responseByteLimit, isCancelled: isCancelled)
        try set(CURLOPT_URL, request.url)
        // Plain HTTP is for this machine, and a proxy would read it. Null: as the environment says.
        try check(unsafe curl_set_text(curl, CURLOPT_PROXY, request.isSecure ? nil : ""))
        try set(CURLOPT_FRESH_CONNECT, request.isRepeatable ? 0 : 1)
        try check(unsafe curl_set_headers(curl, headers.list))
        try set(CURLOPT_CONNECTTIMEOUT_MS, request.connectTimeout.milliseconds)
        try set(CURLOPT_TIMEOUT_MS, request.timeout.milliseconds)
        try set(CURLOPT_POST, 1)
        let status = try perform(body, transfer)
        // What libcurl remembers of this request is gone with it.
        defer { unsafe curl_set_headers(curl, nil) }
        guard status == CURLE_OK else { throw explain(status, request, transfer) }
        var code: CLong = 0
        try check(unsafe curl_get_long(curl, CURLINFO_RESPONSE_CODE, &code))
        var wait: curl_off_t = 0
        try check(unsafe curl_get_size(curl, CURLINFO_RETRY_AFTER, &wait))
        return HTTPResponse(
            status: Int(code), retryAfter: .seconds(wait), body: transfer.takeBody())
    }

    /// Lends body and transfer to libcurl while it works.
    private func perform(
        _ body: Span<UInt8>, _ transfer: Transfer
    ) throws(HTTPError) -> CURLcode {
        let place = unsafe Unmanaged.passUnretained(transfer).toOpaque()
        try check(unsafe curl_set_pointer(curl, CURLOPT_WRITEDATA, place))
        try check(unsafe curl_set_pointer(curl, CURLOPT_XFERINFODATA, place))
        try check(unsafe curl_set_size(curl, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(body.count)))
        let status = try unsafe body.withUnsafeBytes { body throws(HTTPError) in
            // libcurl takes a null pointer as "ask the read function".
            let empty: StaticString = ""
            let start = unsafe body.baseAddress ?? UnsafeRawPointer(empty.utf8Start)
            try check(unsafe curl_set_pointer(curl, CURLOPT_POSTFIELDS, start))
            return unsafe curl_easy_perform(curl)
        }
        unsafe curl_set_pointer(curl, CURLOPT_POSTFIELDS, nil)
        unsafe curl_set_pointer(curl, CURLOPT_WRITEDATA, nil)
        unsafe curl_set_pointer(curl, CURLOPT_XFERINFODATA, nil)
        return withExtendedLifetime(transfer) { status }
    }

    private func explain(
        _ status: CURLcode, _ request: HTTPRequest, _ transfer: Transfer
    ) -> HTTPError {
        let host = Self.host(of: request.url)
        switch status {
        case CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL: return .invalidURL(request.url)
        case CURLE_COULDNT_RESOLVE_HOST: return .cannotResolve(host: host)
        case CURLE_COULDNT_RESOLVE_PROXY:
            return .noWay(host: host, reason: "its own name cannot be resolved")
        case CURLE_PROXY: return .noWay(host: host, reason: Self.text(status))
        case CURLE_SSL_CONNECT_ERROR: return .noTLS(host: host)
        case CURLE_COULDNT_CONNECT: return .refused(host: host)
        case CURLE_OPERATION_TIMEDOUT: return .timedOut(host: host, wasConnected: wasConnected)
        case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_ISSUER_ERROR:
            return .notTrusted(host: host, reason: verification)
        case CURLE_SSL_CACERT_BADFILE:
            if case .file(let path) = trust { return .unreadableTrust(path: path) }
            return .unreadableTrust(path: "the system's certificates")
        case CURLE_WRITE_ERROR where transfer.isTooLarge:
            return .tooLarge(limit: transfer.limit)
        case CURLE_ABORTED_BY_CALLBACK: return .cancelled
        case CURLE_RECV_ERROR where ![0, 200].contains(proxyStatus):
            return .noWay(host: host, reason: "it answers with status \(proxyStatus)")
        case CURLE_RECV_ERROR, CURLE_SEND_ERROR, CURLE_GOT_NOTHING, CURLE_PARTIAL_FILE:
            return .cut(host: host)
        default: return .failed(reason: Self.text(status))
        }
    }

    /// What a proxy answered when it was asked for the way; 0 where none was.
    private var proxyStatus: CLong {
        var status: CLong = 0
        return unsafe curl_get_long(curl, CURLINFO_HTTP_CONNECTCODE, &status) == CURLE_OK
            ? status : 0
    }

    private var wasConnected: Bool {
        var size: CLong = 0
        // Bytes of the request that went out: none before there is a connection.
        return unsafe curl_get_long(curl, CURLINFO_REQUEST_SIZE, &size) == CURLE_OK && size > 0
    }

    /// What OpenSSL found, as a number of X509_verify_cert_error_string(3).
    private var verification: String {
        var result: CLong = 0
        guard unsafe curl_get_long(curl, CURLINFO_SSL_VERIFYRESULT, &result) == CURLE_OK else {
            return "it cannot be verified"
        }
        switch result {
        // libcurl compares the host before it asks for the result, which is 1 until then.
        case 0, 1: return "it is for another host"
        case 9: return "it is not valid yet"
        case 10: return "it has expired"
        case 18, 19: return "it is signed by itself"
        case 2, 20, 21: return "its issuer is unknown here"
        case 62, 64: return "it is for another host"
        default: return "verification result \(result)"
        }
    }

    private static func host(of url: String) -> String {
        let rest = url.split(separator: "/", omittingEmptySubsequences: true)
        return rest.count > 1 ? String(rest[1]) : url
    }

    private static func text(_ status: CURLcode) -> String {
        unsafe curl_easy_strerror(status).map { unsafe String(cString: $0) } ?? "\(status.rawValue)"
    }

    private func set(_ option: CURLoption, _ value: CLong) throws(HTTPError) {
        try check(unsafe curl_set_long(curl, option, value))
    }

    private func set(_ option: CURLoption, _ text: String) throws(HTTPError) {
        try check(unsafe curl_set_text(curl, option, text))
    }

    private func check(_ status: CURLcode) throws(HTTPError) {
        guard status == CURLE_OK else { throw .failed(reason: Self.text(status)) }
    }
}

/// The headers of one request, in libcurl's form. Source: curl_slist_append(3).
@safe
private final class HeaderList {
    private(set) var list: UnsafeMutablePointer<curl_slist>?

    init(_ headers: [(name: String, value: String)]) throws(HTTPError) {
        unsafe list = nil
        for header in headers {
            guard !header.name.utf8.contains(where: Self.breaks),
                !header.value.utf8.contains(where: Self.breaks)
            else { throw .failed(reason: "a header holds a line break") }
            guard let longer = unsafe curl_slist_append(list, "\(header.name): \(header.value)")
            else { throw .failed(reason: "out of memory") }
            unsafe list = longer
        }
    }

    deinit { unsafe curl_slist_free_all(list) }

    private static func breaks(_ byte: UInt8) -> Bool { byte == 0 || byte == 0x0a || byte == 0x0d }
}

/// One answer on its way in.
private final class Transfer {
    let limit: Int
    let isCancelled: @Sendable () -> Bool
    private var body = WipedBytes()
    private(set) var isTooLarge = false

    init(limit: Int, isCancelled: @escaping @Sendable () -> Bool) {
        self.limit = limit
        self.isCancelled = isCancelled
    }

    func take(_ bytes: Span<UInt8>) -> Bool {
        guard body.count + bytes.count <= limit else {
            isTooLarge = true
            return false
        }
        body.append(bytes)
        return true
    }

    func takeBody() -> WipedBytes {
        var taken = WipedBytes()
        swap(&taken, &body)
        return taken
    }
}

/// Called by libcurl with a piece of the body; answers how much of it was taken.
private func receive(
    _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int,
    _ place: UnsafeMutableRawPointer?
) -> Int {
    guard let bytes = unsafe bytes, let place = unsafe place else { return 0 }
    let transfer = unsafe Unmanaged<Transfer>.fromOpaque(place).takeUnretainedValue()
    let raw = unsafe UnsafeRawPointer(bytes).assumingMemoryBound(to: UInt8.self)
    let span = unsafe Span(_unsafeStart: raw, count: size * count)
    return transfer.take(span) ? size * count : 0
}

/// Called by libcurl every now and then; anything but 0 ends the request.
private func watch(
    _ place: UnsafeMutableRawPointer?, _: curl_off_t, _: curl_off_t, _: curl_off_t, _: curl_off_t
) -> CInt {
    guard let place = unsafe place else { return 0 }
    return unsafe Unmanaged<Transfer>.fromOpaque(place).takeUnretainedValue().isCancelled() ? 1 : 0
}

extension Duration {
    /// At least one: libcurl takes 0 as "for ever".
    fileprivate var milliseconds: CLong {
        let (seconds, attoseconds) = components
        return CLong(max(1, min(seconds * 1000 + attoseconds / 1_000_000_000_000_000, 86_400_000)))
    }
}

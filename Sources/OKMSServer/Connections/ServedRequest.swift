package import NIOCore
package import NIOHTTP1

/// A whole request as it came in: nothing of its head decoded or merged.
package struct ServedRequest: Sendable {
    package let head: HTTPRequestHead
    package let body: ByteBuffer
    package let source: RequestSource

    package init(head: HTTPRequestHead, body: ByteBuffer, source: RequestSource) {
        self.head = head
        self.body = body
        self.source = source
    }

    /// The path it asks for, without what may follow it.
    package var path: Substring { RequestTarget(head.uri).path }
}

/// What is answered. The connection adds length, date and what it needs for itself.
package struct ServedResponse: Sendable {
    package let status: HTTPResponseStatus
    package let headers: HTTPHeaders
    package var body: ByteBuffer
    /// Whether the body is wiped once it was sent.
    package let isSecret: Bool

    package init(
        status: HTTPResponseStatus, headers: HTTPHeaders, body: ByteBuffer, isSecret: Bool = false
    ) {
        self.status = status
        self.headers = headers
        self.body = body
        self.isSecret = isSecret
    }
}

/// Answers requests. Blocks the thread that calls it, and may be called from many at once.
package protocol Responder: Sendable {
    func respond(to request: ServedRequest) -> ServedResponse
    /// What to answer, without a request to look at, where its head or body breaks a limit.
    func refuse(_ refusal: RequestRefusal, from source: RequestSource) -> ServedResponse
}

/// Why a connection takes no request, before anything of it is understood.
package enum RequestRefusal: String, Sendable {
    case bodyTooLarge = "the body of the request is too large"
    case headTooLarge = "the head of the request is too large"
    case notHTTP = "what was sent is not a request of HTTP/1.1"

    package var status: HTTPResponseStatus {
        switch self {
        case .bodyTooLarge: .payloadTooLarge
        case .headTooLarge: .requestHeaderFieldsTooLarge
        case .notHTTP: .badRequest
        }
    }
}

import NIOCore
import NIOHTTP1

/// Decides by method and path what a request is for.
struct FrontResponder: Responder {
    let keyService: KeyServiceResponder
    /// Nil where metrics have an address of their own.
    let status: StatusResponder?
    let metrics: ServerMetrics

    func respond(to request: ServedRequest) -> ServedResponse {
        let path = request.path
        if let status, StatusResponder.serves(path) { return status.respond(to: request) }
        guard path == "/" else { return keyService.refuse(request, status: .notFound) }
        guard request.head.method == .POST else {
            return keyService.refuse(request, status: .methodNotAllowed)
        }
        return keyService.respond(to: request)
    }

    func refuse(_ refusal: RequestRefusal, from source: RequestSource) -> ServedResponse {
        metrics.refusedConnection()
        return keyService.refuse(refusal, from: source)
    }
}

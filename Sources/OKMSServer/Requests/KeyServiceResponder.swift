import Logging
import NIOCore
import NIOHTTP1
import OKMSEngine
import OKMS
struct KeyServiceResponder: Responder {
    let engine: OKMSEngine
    let clockSkewSeconds: Double
    let rates: [ActionClass: RateLimit]
    let metrics: ServerMetrics
    let logger: Logger
    func respond(to request: ServedRequest) -> ServedResponse { .json(.ok, "{}") }
    func refuse(_ request: ServedRequest, status: HTTPResponseStatus) -> ServedResponse { .json(status, "{}") }
    func refuse(_ refusal: RequestRefusal, from source: RequestSource) -> ServedResponse { .json(refusal.status, "{}") }
}

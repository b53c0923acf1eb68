import Dispatch
import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import OKMSServerSupport

@testable import OKMSServer

/// Serves any responder on a port of loopback, with our connections but without the rest of a server.
final class ConnectionServer {
    private let loops = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    private let workers = NIOThreadPool(numberOfThreads: 4)
    private let listener: any Channel
    let meters = ConnectionMeters()

    init(_ responder: any Responder, limits: ConnectionLimits = ConnectionLimits()) throws {
        workers.start()
        let channel = ConnectionChannel(
            responder: responder, workers: workers, limits: limits, meters: meters, tls: nil)
        listener = try ServerBootstrap(group: loops)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelInitializer { child in
                channel.setup(channel: child, logger: Logger(label: "test")).map { _ in }
            }
            .bind(host: "127.0.0.1", port: 0).wait()
    }

    var port: Int { listener.localAddress?.port ?? 0 }

    func connect() throws -> RawConnection { try RawConnection(port: port) }

    deinit {
        try? listener.close().wait()
        try? workers.syncShutdownGracefully()
        try? loops.syncShutdownGracefully()
    }
}

/// Answers with what it was sent: method, target and body, a line each.
struct EchoResponder: Responder {
    func respond(to request: ServedRequest) -> ServedResponse {
        let body = String(buffer: request.body)
        return .text(.ok, "\(request.head.method) \(request.head.uri)\n\(body)")
    }

    func refuse(_ refusal: RequestRefusal, from source: RequestSource) -> ServedResponse {
        .text(refusal.status, refusal.rawValue)
    }
}

/// Answers with a secret when it is told to.
struct SecretResponder: Responder {
    let body = ByteBuffer(string: "ssssssss")
    private let arrived = DispatchSemaphore(value: 0)
    private let released = DispatchSemaphore(value: 0)

    func waitForRequest() { arrived.wait() }

    func answer() { released.signal() }

    func respond(to request: ServedRequest) -> ServedResponse {
        arrived.signal()
        released.wait()
        return ServedResponse(status: .ok, headers: [:], body: body, isSecret: true)
    }

    func refuse(_ refusal: RequestRefusal, from source: RequestSource) -> ServedResponse {
        .text(refusal.status, refusal.rawValue)
    }
}

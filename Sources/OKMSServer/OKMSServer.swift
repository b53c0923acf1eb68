import Glibc
import HummingbirdCore
package import Logging
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
package import OKMSEngine
import ServiceLifecycle
import SystemIO

/// The key service of an engine, over HTTP.
///
/// `run` serves until a graceful shutdown: then no connection is taken any more, requests in flight
/// are answered, and what takes longer than `stopTimeout` is cut off.
package final class OKMSServer: Service {
    /// Where a server that runs can be reached.
    package struct Addresses: Sendable {
        package let requests: ListenAddress
        package let metrics: ListenAddress?
    }

    package let metrics = ServerMetrics()
    let engine: OKMSEngine
    private let settings: ServerSettings
    let logger: Logger
    private let onListening: @Sendable (Addresses) -> Void
    private let trapsHangUp: Bool

    /// `onListening` is called once, when requests are taken.
    package init(
        engine: OKMSEngine, settings: ServerSettings, logger: Logger, trapsHangUp: Bool = false,
        onListening: @escaping @Sendable (Addresses) -> Void = { _ in }
    ) throws(ServerError) {
        try settings.check()
        self.engine = engine
        self.settings = settings
        self.logger = logger
        self.trapsHangUp = trapsHangUp
        self.onListening = onListening
    }

    package func run() async throws {
        let loops = MultiThreadedEventLoopGroup(numberOfThreads: settings.eventLoopCount)
        let workers = NIOThreadPool(numberOfThreads: settings.workerCount)
        workers.start()
        let failure: (any Error)?
        do {
            try await serve(on: loops, workers)
            failure = nil
        } catch {
            failure = error
        }
        // Every answer is out or given up. That what is idle cannot be ended matters to nobody.
        try? await workers.shutdownGracefully()
        try? await loops.shutdownGracefully()
        if let failure { throw failure }
    }

    private func serve(on loops: MultiThreadedEventLoopGroup, _ workers: NIOThreadPool) async throws
    {
        let status = StatusResponder(
            metrics: metrics, checkHealth: checkHealth, otherMetrics: engineMetrics)
        let keyService = KeyServiceResponder(
            engine: engine, clockSkewSeconds: settings.clockSkewSeconds,
            rates: RateLimits(settings.rates), metrics: metrics, logger: logger)
        let front = FrontResponder(
            keyService: keyService, status: settings.servesStatusBesideRequests ? status : nil,
            metrics: metrics)

        let listening = Listening(settings, then: onListening)
        // They are stopped in the opposite order, each when the one after it has ended.
        var services: [any Service] = []
        if trapsHangUp { services.append(HangUpService(tls: settings.tls, logger: logger)) }
        services.append(
            Sweeper(
                interval: settings.sweepInterval, workers: workers, logger: logger,
                sweep: { self.sweep(keyService) }))
        if let address = settings.metricsListen {
            services.append(
                listener(address, status, nil, loops, workers) { listening.metrics($0) })
        }
        services.append(
            listener(settings.listen, front, settings.tls, loops, workers) {
                listening.requests($0)
            })
        var configuration = ServiceGroupConfiguration(
            services: services.map { .init(service: $0) }, logger: quietLogger)
        configuration.maximumGracefulShutdownDuration = settings.stopTimeout
        do {
            try await ServiceGroup(configuration: configuration).run()
        } catch is CancellationError {
            logger.warning("requests in flight were cut off")
        }
        keyService.recordCountedRefusals()
    }

    private func listener(
        _ address: ListenAddress, _ responder: any Responder, _ tls: TLSIdentity?,
        _ loops: MultiThreadedEventLoopGroup, _ workers: NIOThreadPool,
        onPort: @escaping @Sendable (Int) -> Void
    ) -> any Service {
        let channel = ConnectionChannel(
            responder: responder, workers: workers, limits: settings.limits,
            meters: metrics.connections, tls: tls)
        let configuration = ServerConfiguration(
            address: .hostname(address.host, port: address.port), backlog: 1024,
            availableConnectionsDelegate: MaximumAvailableConnections(
                settings.limits.connectionCount, logger: quietLogger))
        let server = channel.server(
            configuration: configuration,
            onServerRunning: { onPort($0.localAddress?.port ?? address.port) },
            eventLoopGroup: loops, logger: quietLogger)
        return Listener(server: server, address: address)
    }

    /// For the libraries, of whose doings only errors matter.
    private var quietLogger: Logger {
        var quiet = logger
        quiet.logLevel = max(.error, logger.logLevel)
        return quiet
    }
}

/// Hummingbird's server, whose failure to listen says where.
private struct Listener: Service {
    let server: any Service
    let address: ListenAddress

    func run() async throws {
        do {
            try await server.run()
        } catch let error as CancellationError {
            throw error
        } catch {
            // What NIO says names its own functions.
            let reason = (error as? IOError).map { systemMessage($0.errnoCode) }
            throw ServerError.cannotListen(address: "\(address)", reason: reason ?? "\(error)")
        }
    }
}

/// Waits until all ports are known.
private final class Listening: Sendable {
    private let ports = NIOLockedValueBox<(requests: Int?, metrics: Int?)>((nil, nil))
    private let settings: ServerSettings
    private let then: @Sendable (OKMSServer.Addresses) -> Void

    init(_ settings: ServerSettings, then: @escaping @Sendable (OKMSServer.Addresses) -> Void) {
        self.settings = settings
        self.then = then
    }

    func requests(_ port: Int) { note { $0.requests = port } }

    func metrics(_ port: Int) { note { $0.metrics = port } }

    private func note(_ change: (inout (requests: Int?, metrics: Int?)) -> Void) {
        let known = ports.withLockedValue { ports in
            change(&ports)
            return ports
        }
        guard let requests = known.requests,
            (known.metrics == nil) == (settings.metricsListen == nil)
        else { return }
        then(
            OKMSServer.Addresses(
                requests: settings.listen.with(port: requests),
                metrics: settings.metricsListen.flatMap { address in
                    known.metrics.map { address.with(port: $0) }
                }))
    }
}

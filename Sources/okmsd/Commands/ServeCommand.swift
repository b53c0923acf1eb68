import ArgumentParser
import Logging
import OKMSEngine
import OKMSServer
import ServiceLifecycle
import UnixSignals

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Serve a store's keys over the AWS KMS protocol.",
        discussion: """
            Prints one line when it takes requests, with its address: with port 0 the system chooses \
            the port. SIGTERM and SIGINT stop it: requests in flight are answered. SIGHUP loads the \
            certificate again. The log goes to standard error, a JSON object a line.
            """)

    @OptionGroup var store: StoreOptions

    @Option(
        help: ArgumentHelp(
            "Where to take requests. (default: 127.0.0.1:8200)", valueName: "address:port"),
        transform: ListenAddress.parse)
    var listen = ListenAddress.standard

    @Option(
        help: ArgumentHelp(
            "Where to answer /health and /metrics; else where requests are taken, if that is loopback.",
            valueName: "address:port"), transform: ListenAddress.parse)
    var metricsListen: ListenAddress?

    @Option(help: ArgumentHelp("The certificate and its chain, in PEM.", valueName: "file"))
    var tlsCertificate: String?

    @Option(help: ArgumentHelp("The certificate's private key, in PEM.", valueName: "file"))
    var tlsKey: String?

    @Flag(help: "Take requests without TLS even where other machines reach them.")
    var allowPlaintext = false

    @Option(
        help: ArgumentHelp(
            "Calls a second of an access key, and of an account: 'cryptography', 'reading' or 'changing'.",
            valueName: "class=rate"), transform: RateLimitOption.parse)
    var rateLimit: [RateLimitOption] = []

    @Option(help: "Connections at once, at most; more have to wait.")
    var maxConnections = 1024

    @Option(help: "Threads that answer requests.")
    var workers = 32

    @Option(
        help: ArgumentHelp(
            "Time for a request to come in whole, and for its answer to go out. (default: 10s)",
            valueName: "time"), transform: TimeSpan.parse)
    var requestTimeout = TimeSpan(seconds: 10)

    @Option(
        help: ArgumentHelp(
            "Time for which an idle connection is kept. (default: 75s)", valueName: "time"),
        transform: TimeSpan.parse)
    var idleTimeout = TimeSpan(seconds: 75)

    @Option(
        help: ArgumentHelp(
            "Time for requests in flight when stopping. (default: 20s)", valueName: "time"),
        transform: TimeSpan.parse)
    var stopTimeout = TimeSpan(seconds: 20)

    @Option(
        help: ArgumentHelp(
            "How far a client's clock may be off. (default: 300s)", valueName: "time"),
        transform: TimeSpan.parse)
    var clockSkew = TimeSpan(seconds: 300)

    @Option(help: "Least important messages that are logged: debug, info, warning or error.")
    var logLevel = LogLevel.info

    func validate() throws {
        guard (tlsCertificate == nil) == (tlsKey == nil) else {
            throw ValidationError("--tls-certificate and --tls-key go together")
        }
        guard 1...100_000 ~= maxConnections, 1...1024 ~= workers else {
            throw ValidationError(
                "--max-connections is from 1 to 100000, --workers from 1 to 1024")
        }
    }

    func run() async throws {
        var logger = Logger(label: "okmsd") { JSONLogHandler(label: $0) }
        logger.logLevel = logLevel.level
        let settings = try settings()
        // Wrong use makes no store.
        try settings.check()
        let engine = try store.open(making: true)
        try engine.claimServing()
        if engine.isNew {
            logger.notice(
                "made a new store: back it up together with what has custody of its keys",
                metadata: ["account": "\(engine.defaultAccount)"])
        }
        let server = try OKMSServer(
            engine: engine, settings: settings, logger: logger, trapsHangUp: true,
            onListening: { [logger] in Self.announce($0, logger) })
        logger.info(
            "starting", metadata: ["version": "\(Okmsd.version)", "region": "\(engine.region)"])
        let group = ServiceGroup(
            services: [server], gracefulShutdownSignals: [.sigterm, .sigint], logger: Self.silent)
        try await group.run()
        logger.info("stopped")
    }

    /// On standard output, for whoever started us, and to systemd.
    private static func announce(_ addresses: OKMSServer.Addresses, _ logger: Logger) {
        var metadata: Logger.Metadata = ["address": "\(addresses.requests)"]
        if let metrics = addresses.metrics { metadata["metrics"] = "\(metrics)" }
        logger.info("listening", metadata: metadata)
        // A parent that does not read does not want to know.
        try? Output.line("listening on \(addresses.requests)")
        if let metrics = addresses.metrics { try? Output.line("metrics on \(metrics)") }
        ServiceManager.notify("READY=1")
    }

    /// The group's own logger: what it would say, we do.
    private static var silent: Logger {
        Logger(label: "okmsd.services") { _ in SwiftLogNoOpLogHandler() }
    }

    private func settings() throws -> ServerSettings {
        var settings = ServerSettings(listen: listen)
        settings.metricsListen = metricsListen
        settings.allowsPlaintext = allowPlaintext
        if let tlsCertificate, let tlsKey {
            settings.tls = try TLSIdentity(certificateFile: tlsCertificate, keyFile: tlsKey)
        }
        for option in rateLimit { settings.rates[option.actions] = option.limit }
        settings.limits.connectionCount = maxConnections
        settings.limits.requestTimeout = .seconds(requestTimeout.seconds)
        settings.limits.idleTimeout = .seconds(idleTimeout.seconds)
        settings.workerCount = workers
        settings.stopTimeout = .seconds(stopTimeout.seconds)
        settings.clockSkewSeconds = clockSkew.seconds
        return settings
    }
}

/// `cryptography=20000`.
struct RateLimitOption {
    let actions: ActionClass
    let limit: RateLimit

    init?(argument: String) {
        let parts = argument.split(separator: "=", maxSplits: 1)
        guard parts.count == 2, let actions = ActionClass(rawValue: String(parts[0])),
            let rate = UInt32(parts[1]), rate > 0
        else { return nil }
        self.actions = actions
        limit = RateLimit(perSecond: Double(rate))
    }
}

enum LogLevel: String, ExpressibleByArgument {
    case debug, info, warning, error

    var level: Logger.Level {
        switch self {
        case .debug: .debug
        case .info: .info
        case .warning: .warning
        case .error: .error
        }
    }
}

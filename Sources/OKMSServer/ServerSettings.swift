/// How a server is to serve.
package struct ServerSettings: Sendable {
    package var listen: ListenAddress
    /// Where `/health` and `/metrics` are answered; else on `listen`, if that is loopback.
    package var metricsListen: ListenAddress?
    package var tls: TLSIdentity?
    /// Lets a server without a certificate listen where other machines reach it.
    package var allowsPlaintext = false
    package var limits = ConnectionLimits()
    package var rates = RateLimits.defaults
    /// How far a client's clock may be off, in seconds, either way.
    package var clockSkewSeconds = 300.0
    /// Threads that answer requests: each waits for the store and the module.
    package var workerCount = 32
    package var eventLoopCount = 2
    /// How long a stop waits for requests in flight.
    package var stopTimeout = Duration.seconds(20)
    /// How often keys past their date are looked for.
    package var sweepInterval = Duration.seconds(60)

    package init(listen: ListenAddress) { self.listen = listen }

    /// Throws where strangers could read requests or metrics.
    package func check() throws(ServerError) {
        guard listen.isLoopback || tls != nil || allowsPlaintext else {
            throw .plaintextBeyondLoopback(address: "\(listen)")
        }
        guard metricsListen != listen || listen.port == 0 else {
            throw .metricsBeyondReach(address: "\(listen)")
        }
    }

    /// Whether `/health` and `/metrics` are answered where requests are.
    var servesStatusBesideRequests: Bool { metricsListen == nil && listen.isLoopback }
}

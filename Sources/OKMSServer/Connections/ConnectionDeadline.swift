import NIOCore

/// When a connection is closed unless something happens. Lives on its event loop alone.
///
/// A look at the clock every so often instead of a timer for each request: a connection may live a
/// little longer than its deadline, and requests cost nothing.
final class ConnectionDeadline {
    private enum Phase { case idle, reading, answering, sending, lingering }

    private let limits: ConnectionLimits
    private var phase = Phase.reading
    private var deadline: NIODeadline?

    init(_ limits: ConnectionLimits) {
        self.limits = limits
        // Until the first request counts as one: a handshake is no place to rest.
        deadline = .now() + TimeAmount(limits.requestTimeout)
    }

    /// How often to look.
    var interval: TimeAmount {
        let shortest = min(limits.requestTimeout, limits.idleTimeout, limits.lingerTimeout)
        return TimeAmount(max(shortest / 2, .milliseconds(10)))
    }

    var hasPassed: Bool { deadline.map { $0 < .now() } ?? false }

    func bytesArrived() {
        if phase == .idle { enter(.reading, for: limits.requestTimeout) }
    }

    func requestIsRead() { enter(.answering, for: nil) }

    func answerIsReady() { enter(.sending, for: limits.requestTimeout) }

    func answerIsSent() { enter(.idle, for: limits.idleTimeout) }

    func connectionIsRefused() { enter(.lingering, for: limits.lingerTimeout) }

    private func enter(_ phase: Phase, for timeout: Duration?) {
        guard self.phase != .lingering else { return }
        self.phase = phase
        deadline = timeout.map { .now() + TimeAmount($0) }
    }
}

/// Tells the deadline of bytes, before they make a request.
final class ByteArrivalHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private let deadline: ConnectionDeadline

    init(_ deadline: ConnectionDeadline) { self.deadline = deadline }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        deadline.bytesArrived()
        context.fireChannelRead(data)
    }
}

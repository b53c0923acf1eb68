import NIOCore
import NIOHTTP1
import NIOPosix

/// The end of a connection's pipeline: collects a request, has a worker answer it, sends the answer.
///
/// One request at a time: the pipeline holds back what a client sends ahead. Lives on its event loop.
final class ConnectionHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private enum State {
        case waiting
        case reading(HTTPRequestHead, body: ByteBuffer)
        case answering
        /// Nothing more is answered; what still comes is dropped.
        case refused
    }

    private let responder: any Responder
    private let workers: NIOThreadPool
    private let limits: ConnectionLimits
    private let deadline: ConnectionDeadline
    private let meters: ConnectionMeters
    private var state = State.waiting
    private var source = RequestSource("local")
    private var watch: Scheduled<Void>?
    private var inputIsClosed = false

    init(
        responder: any Responder, workers: NIOThreadPool, limits: ConnectionLimits,
        deadline: ConnectionDeadline, meters: ConnectionMeters
    ) {
        self.responder = responder
        self.workers = workers
        self.limits = limits
        self.deadline = deadline
        self.meters = meters
    }

    func handlerAdded(context: ChannelHandlerContext) {
        source = RequestSource(context.remoteAddress)
        meters.opened()
        watchDeadline(context: context)
    }

    private func watchDeadline(context: ChannelHandlerContext) {
        watch = context.eventLoop.assumeIsolated().scheduleTask(in: deadline.interval) {
            if self.deadline.hasPassed { return context.close(promise: nil) }
            self.watchDeadline(context: context)
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        watch?.cancel()
        meters.closed()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch (Self.unwrapInboundIn(data), state) {
        case (.head(let head), .waiting):
            deadline.bytesArrived()
            begin(head, context: context)
        case (.body(var bytes), .reading(let head, var body)):
            // The state lets go of the buffer first: otherwise appending would copy it.
            state = .waiting
            body.writeBuffer(&bytes)
            state = .reading(head, body: body)
            if body.readableBytes > limits.bodyByteCount { refuse(.bodyTooLarge, context: context) }
        case (.end, .reading(let head, let body)):
            state = .answering
            deadline.requestIsRead()
            answer(ServedRequest(head: head, body: body, source: source), context: context)
        default:
            break
        }
    }

    private func begin(_ head: HTTPRequestHead, context: ChannelHandlerContext) {
        if let length = head.headers.first(name: "content-length").flatMap({ Int($0) }),
            length > limits.bodyByteCount
        {
            return refuse(.bodyTooLarge, context: context)
        }
        state = .reading(head, body: ByteBuffer())
        if head.version == .http1_1,
            head.headers.first(name: "expect")?.lowercased() == "100-continue"
        {
            let go = HTTPResponseHead(version: head.version, status: .continue)
            context.writeAndFlush(Self.wrapOutboundOut(.head(go)), promise: nil)
        }
    }

    private func answer(_ request: ServedRequest, context: ChannelHandlerContext) {
        let connection = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        let loop = context.eventLoop
        workers.submit { [responder] _ in
            let response = responder.respond(to: request)
            request.body.wipe()
            loop.execute {
                let (handler, context) = connection.value
                handler.send(response, to: request.head, context: context)
            }
        }
    }

    private func send(
        _ response: ServedResponse, to request: HTTPRequestHead, context: ChannelHandlerContext
    ) {
        guard case .answering = state, context.channel.isActive else {
            if response.isSecret { response.body.wipe() }
            return
        }
        var headers = response.headers
        if !request.isKeepAlive {
            headers.add(name: "Connection", value: "close")
        } else if request.version == .http1_0 {
            headers.add(name: "Connection", value: "keep-alive")
        }
        state = .waiting
        deadline.answerIsReady()
        let sent = context.eventLoop.makePromise(of: Void.self)
        let connection = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        let isLast = !request.isKeepAlive
        sent.futureResult.whenComplete { _ in
            let (handler, context) = connection.value
            if response.isSecret { response.body.wipe() }
            if isLast { return context.close(promise: nil) }
            // The next request may have come by now: sent ahead, and maybe the last.
            guard case .waiting = handler.state else { return }
            if handler.inputIsClosed {
                context.close(promise: nil)
            } else {
                handler.deadline.answerIsSent()
            }
        }
        let version = request.version
        write(response, headers, isHead: request.method == .HEAD, version, sent, context)
    }

    /// Answers a request that breaks a limit, and ends the connection in a way that lets the client
    /// read the answer: what it still sends is taken and dropped for a while.
    private func refuse(_ refusal: RequestRefusal, context: ChannelHandlerContext) {
        if case .refused = state { return }
        state = .refused
        deadline.connectionIsRefused()
        let connection = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        let loop = context.eventLoop
        workers.submit { [responder, source] _ in
            let response = responder.refuse(refusal, from: source)
            loop.execute {
                let (handler, context) = connection.value
                handler.sendLast(response, context: context)
            }
        }
    }

    private func sendLast(_ response: ServedResponse, context: ChannelHandlerContext) {
        guard context.channel.isActive else { return }
        var headers = response.headers
        headers.add(name: "Connection", value: "close")
        let sent = context.eventLoop.makePromise(of: Void.self)
        let end = NIOLoopBound(context, eventLoop: context.eventLoop)
        sent.futureResult.whenComplete { _ in end.value.close(mode: .output, promise: nil) }
        write(response, headers, isHead: false, .http1_1, sent, context)
    }

    private func write(
        _ response: ServedResponse, _ headers: HTTPHeaders, isHead: Bool, _ version: HTTPVersion,
        _ sent: EventLoopPromise<Void>, _ context: ChannelHandlerContext
    ) {
        var headers = headers
        headers.add(name: "Content-Length", value: String(response.body.readableBytes))
        headers.add(name: "Date", value: HTTPDate.now())
        let head = HTTPResponseHead(version: version, status: response.status, headers: headers)
        context.write(Self.wrapOutboundOut(.head(head)), promise: nil)
        if response.body.readableBytes > 0, !isHead {
            context.write(Self.wrapOutboundOut(.body(.byteBuffer(response.body))), promise: nil)
        }
        context.writeAndFlush(Self.wrapOutboundOut(.end(nil)), promise: sent)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard case ChannelEvent.inputClosed = event else {
            return context.fireUserInboundEventTriggered(event)
        }
        inputIsClosed = true
        switch state {
        // A client that has said all it wanted still gets its answer.
        case .answering, .refused: break
        case .waiting, .reading: context.close(promise: nil)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let error = error as? HTTPParserError else {
            context.close(promise: nil)
            return
        }
        refuse(error == .headerOverflow ? .headTooLarge : .notHTTP, context: context)
    }
}

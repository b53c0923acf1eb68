import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// What Hummingbird's server does with each connection: TLS where asked for, HTTP/1.1, and us.
struct ConnectionChannel: ServerChildChannel {
    /// A connection whose requests its own pipeline answers.
    struct Value: ServerChildChannelValue {
        let channel: any Channel
    }

    let responder: any Responder
    let workers: NIOThreadPool
    let limits: ConnectionLimits
    let meters: ConnectionMeters
    let tls: TLSIdentity?

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            let pipeline = channel.pipeline.syncOperations
            if let tls { try pipeline.addHandler(NIOSSLServerHandler(context: tls.context)) }
            let deadline = ConnectionDeadline(limits)
            try pipeline.addHandler(ByteArrivalHandler(deadline))
            try pipeline.configureHTTPServerPipeline(
                withPipeliningAssistance: true, withErrorHandling: false,
                withOutboundHeaderValidation: false, withEncoderConfiguration: .init(),
                withDecoderLimitConfiguration: decoderLimits)
            try pipeline.addHandler(
                ConnectionHandler(
                    responder: responder, workers: workers, limits: limits, deadline: deadline,
                    meters: meters))
            return Value(channel: channel)
        }
    }

    private var decoderLimits: NIOHTTPDecoderLimitConfiguration {
        var decoder = NIOHTTPDecoderLimitConfiguration()
        decoder.maxHeaderFieldSize = limits.headByteCount
        decoder.maxHeaderListSize = limits.headByteCount
        decoder.maxHeaderFieldCount = limits.headerCount
        return decoder
    }

    /// Waits for the end of the connection; a cancellation is one.
    func handle(value: Value, logger: Logger) async {
        await withTaskCancellationHandler {
            // However it ended, it is over.
            try? await value.channel.closeFuture.get()
        } onCancel: {
            value.channel.close(promise: nil)
        }
    }
}

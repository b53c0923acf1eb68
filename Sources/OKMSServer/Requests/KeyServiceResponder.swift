import Logging
import NIOCore
import NIOHTTP1
import OKMS
import OKMSEngine
import OKMSWire

/// Answers requests of the AWS KMS protocol: who is it, may he, what does he want, do it.
///
/// Every request leaves one audit record: by the engine if it gets that far, by this otherwise; where
/// more are refused than is worth a record each, one for many.
struct KeyServiceResponder: Responder {
    private let engine: OKMSEngine
    private let authenticator: Authenticator
    private let rates: RateLimits
    private let refusals: RefusalBudget
    private let metrics: ServerMetrics
    private let logger: Logger
    private let clock: ServerClock

    init(
        engine: OKMSEngine, clockSkewSeconds: Double = 300, rates: RateLimits = RateLimits(),
        lockout: Lockout = Lockout(), refusals: RefusalBudget = RefusalBudget(),
        metrics: ServerMetrics, logger: Logger, clock: ServerClock = .system
    ) {
        self.engine = engine
        self.rates = rates
        self.refusals = refusals
        self.metrics = metrics
        self.logger = logger
        self.clock = clock
        authenticator = Authenticator(
            engine: engine, clockSkewSeconds: clockSkewSeconds, lockout: lockout, metrics: metrics)
    }

    func respond(to request: ServedRequest) -> ServedResponse {
        let began = clock.uptime()
        var trace = RequestTrace(request)
        let response: ServedResponse
        do throws(KeyServiceError) {
            let answer = try answer(request, &trace)
            response = KeyServiceResponse.answer(answer, requestID: trace.id)
        } catch {
            response = refuse(error, trace, isForOSC: request.isFromOSC)
            trace.outcome = error.code.rawValue
        }
        let seconds = clock.uptime() - began
        metrics.answered(
            action: trace.action?.rawValue ?? "none", outcome: trace.outcome, seconds: seconds)
        logger.debug("request", metadata: trace.metadata(seconds: seconds))
        return response
    }

    private func answer(
        _ request: ServedRequest, _ trace: inout RequestTrace
    ) throws(KeyServiceError) -> MessageBody {
        let body = request.body.readableBytesUInt8Span
        let accessKey = try authenticator.authenticate(
            RequestHead(request.head), body: body, at: clock.now(), noting: &trace)
        trace.account = accessKey.account
        try checkContentType(request.head.headers)
        let action = try WireRequest.action(target: trace.target)
        guard
            rates.allow(
                action, accessKey: accessKey.id, account: accessKey.account, at: clock.uptime())
        else {
            metrics.throttled()
            throw KeyServiceError(
                .throttling, "Rate exceeded: the access key or its account calls too often.")
        }
        let received = try WireRequest(action, body: body)
        let service = try engine.service(
            for: accessKey.account,
            caller: Caller(
                requestID: trace.id, accessKeyID: accessKey.id, source: trace.source.description,
                unknownMembers: received.unknownMembers))
        // From here on the engine records what comes of it.
        trace.isRecorded = true
        return try received.call.perform(on: service)
    }

    /// Records the refusal where nobody has yet, and words it for the client.
    private func refuse(
        _ error: KeyServiceError, _ trace: RequestTrace, isForOSC: Bool
    ) -> ServedResponse {
        var error = error
        if !trace.isRecorded { record(error, trace) }
        if error.code.httpStatus >= 500 {
            logger.error(
                "request failed",
                metadata: ["request": "\(trace.id)", "error": "\(error.message)"])
        } else if error.code == .throttling {
            logger.debug("throttled", metadata: ["request": "\(trace.id)"])
        }
        if error.code == .internal {
            // What went wrong is for the log; paths and modules are none of the client's business.
            error = KeyServiceError(.internal, "The request failed because of an internal error.")
        }
        return KeyServiceResponse.error(error, requestID: trace.id, isForOSC: isForOSC)
    }

    private func record(_ refusal: KeyServiceError, _ trace: RequestTrace) {
        // Guesses at a secret are few: the lockout sees to that.
        guard trace.isGuess || refusals.allow(from: trace.source, at: clock.uptime()) else {
            return
        }
        logger.info("refused", metadata: trace.metadata(refusal))
        do throws(AuditError) {
            try engine.audit.record(trace.auditRecord(outcome: refusal.code.rawValue))
        } catch {
            logger.error("no audit record", metadata: ["error": "\(error)"])
        }
    }

    /// Records how many refusals were only counted since it was last done. What cannot be recorded is
    /// told the next time.
    func recordCountedRefusals() {
        for (origin, count) in refusals.takeUnrecorded() {
            let source = origin ?? "many"
            logger.warning(
                "refused many", metadata: ["origin": "\(source)", "requests": "\(count)"])
            do throws(AuditError) {
                try engine.audit.record(
                    AuditRecord(
                        requestID: RequestID.random(), account: nil, accessKeyID: nil,
                        action: "RefuseRequests", key: nil, outcome: "ok", source: origin,
                        requestCount: count))
            } catch {
                refusals.putBack(count, from: origin)
                logger.error("no audit record", metadata: ["error": "\(error)"])
            }
        }
    }

    /// What is no JSON by its own word is no request of this protocol.
    private func checkContentType(_ headers: HTTPHeaders) throws(KeyServiceError) {
        guard let type = headers.first(name: "content-type"),
            !type.lowercased().contains("json")
        else { return }
        throw KeyServiceError(
            .unknownOperation, "Header 'Content-Type' must be \(WireRequest.contentType).")
    }

    /// Answers what is no request of this protocol: a path or a method that is not served.
    func refuse(_ request: ServedRequest, status: HTTPResponseStatus) -> ServedResponse {
        let trace = RequestTrace(request)
        let error = KeyServiceError(
            .unknownOperation, "This service takes requests by POST to the path / only.")
        let response = refuse(error, trace, isForOSC: request.isFromOSC)
        metrics.answered(action: "none", outcome: error.code.rawValue, seconds: 0)
        return KeyServiceResponse.with(status, response)
    }

    func refuse(
        _ refusal: RequestRefusal, from source: RequestSource
    ) -> ServedResponse {
        let trace = RequestTrace(source: source, isRecorded: refusal == .notHTTP)
        let response = refuse(
            KeyServiceError(.validation, "The request is refused: \(refusal.rawValue)."), trace,
            isForOSC: false)
        return KeyServiceResponse.with(refusal.status, response)
    }
}

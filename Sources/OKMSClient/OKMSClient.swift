import Locking
private import Foundation
import LibCrypto
import LibCurl
import OKMS
import OKMSWire

/// A key management service elsewhere, over HTTP.
///
/// Calls block the thread that makes them, through all repetitions, and may be made from several at
/// once; connections are kept for the next calls. What cannot be reached, and what answers no sense,
/// is `serviceUnavailable` and `internal`; all else is said by the service.
package final class OKMSClient: KeyManagementService {
    package let endpoint: Endpoint
    package let region: String
    let settings: Settings

    private let http: HTTPClient
    private let signer: RequestSigner
    let spelling: KeySpelling
    /// Answered once, for it never changes.
    let accountDefault = Monitor(AccountDefault.unknown)

    /// What a caller may choose, and what tests replace.
    package struct Settings: Sendable {
        package var retries = RetryPolicy()
        /// Certificates to trust, in PEM; nil: those the system trusts.
        package var trustFile: String?
        package var userAgent = "sealpipe"
        /// Asked at least once a second.
        package var isCancelled: @Sendable () -> Bool = { false }

        /// Seconds since 1970.
        var now: @Sendable () -> Double = { Date().timeIntervalSince1970 }
        /// Ends early where it is cancelled.
        var sleep: @Sendable (Duration, _ isCancelled: () -> Bool) -> Void = { pause, isCancelled in
            let end = ContinuousClock.now + pause
            while !isCancelled(), ContinuousClock.now < end {
                let left = min(end - .now, .milliseconds(200))
                Thread.sleep(forTimeInterval: left / .seconds(1))
            }
        }
        /// 0 … 1.
        var random: @Sendable () -> Double = { Double.random(in: 0...1) }

        package init() {}
    }

    package init(
        endpoint: Endpoint, region: String, accessKey: AccessKey, settings: Settings = Settings()
    ) throws(ClientSetupError) {
        guard !region.isEmpty else { throw .noRegion }
        guard region.utf8.allSatisfy(Self.isRegionCharacter) else { throw .invalidRegion(region) }
        self.endpoint = endpoint
        self.region = region
        self.settings = settings
        http = HTTPClient(
            trust: settings.trustFile.map { .file($0) } ?? .system, userAgent: settings.userAgent)
        signer = RequestSigner(
            accessKeyID: accessKey.id, secret: accessKey.secret.duplicate(), region: region)
        spelling = endpoint.isAmazon ? .aws : .okms
    }

    private static func isRegionCharacter(_ character: UInt8) -> Bool {
        switch character {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
            true
        default: false
        }
    }

    /// Makes a call, again and again where that may help, and reads the answer.
    func answer<R: ~Copyable>(
        to call: some WireCall, _ read: (Span<UInt8>) throws(KeyServiceError) -> R
    ) throws(KeyServiceError) -> R {
        let response = try exchange(call)
        return try response.body.withBytes { body throws(KeyServiceError) in
            do throws(KeyServiceError) {
                return try read(body)
            } catch {
                throw KeyServiceError(
                    .internal,
                    "\(endpoint) answered to \(call.action.rawValue) what is no answer: "
                        + error.message)
            }
        }
    }

    /// The same for actions that answer nothing.
    func make(_ call: some WireCall) throws(KeyServiceError) {
        _ = try exchange(call)
    }

    private func exchange(_ call: some WireCall) throws(KeyServiceError) -> HTTPResponse {
        let body = call.request(naming: spelling)
        let deadline = ContinuousClock.now + settings.retries.total
        var failures = 0
        while true {
            let failure: Failure
            do throws(Failure) {
                return try attempt(call, body, until: deadline)
            } catch {
                failure = error
            }
            failures += 1
            guard failure.allowsAnother(for: call.action), failures < settings.retries.attempts,
                !settings.isCancelled()
            else { throw failure.explained(for: call.action, at: endpoint, after: failures) }
            let pause = max(
                settings.retries.pause(after: failures, part: settings.random()),
                failure.leastPause)
            guard ContinuousClock.now + pause < deadline else {
                throw failure.explained(for: call.action, at: endpoint, after: failures)
            }
            settings.sleep(pause, settings.isCancelled)
        }
    }

    private func attempt(
        _ call: some WireCall, _ body: borrowing MessageBody,
        until deadline: ContinuousClock.Instant
    ) throws(Failure) -> HTTPResponse {
        let left = max(deadline - ContinuousClock.now, .milliseconds(1))
        return try body.withBytes { bytes throws(Failure) in
            var head = RequestHead(headers: [
                HeaderField("Content-Type", WireRequest.contentType),
                HeaderField("Host", endpoint.host),
                HeaderField("X-Amz-Target", WireRequest.targetPrefix + call.action.rawValue),
            ])
            do {
                try signer.sign(
                    &head, payloadHash: SignatureV4.payloadHash(bytes),
                    at: SignatureTime(seconds: Int(settings.now())))
            } catch {
                throw .answered(KeyServiceError(.internal, "\(error)"), isRefusal: true)
            }
            let request = HTTPRequest(
                url: "\(endpoint)/", headers: head.headers.map { ($0.name, $0.value) },
                connectTimeout: min(settings.retries.connect, left), timeout: left,
                isRepeatable: call.action.isRepeatable)
            let response: HTTPResponse
            do throws(HTTPError) {
                response = try http.post(request, body: bytes, isCancelled: settings.isCancelled)
            } catch {
                throw .unanswered(error)
            }
            guard response.status == 200 else {
                let status = response.status
                let error = response.body.withBytes { WireError.read($0, status: status) }
                guard error.code.isPassing else { throw .answered(error, isRefusal: true) }
                throw .answered(error, isRefusal: false, leastPause: response.retryAfter)
            }
            return response
        }
    }
}

import Locking
import Foundation
import TestSupport
import OKMS
import OKMSWire
import Synchronization

@testable import OKMSClient

/// Names that the tests use.
enum Names {
    static let id = "1234abcd-12ab-34cd-56ef-1234567890ab"
    static let arnText = "arn:ows:kms:eu-west-2:123456789012:key/\(id)"
    static let otherText =
        "arn:ows:kms:eu-west-2:123456789012:key/00000000-12ab-34cd-56ef-1234567890ab"

    static func arn(_ text: String = arnText) throws -> KeyARN {
        guard let arn = KeyARN(text) else { throw KeyServiceError(.invalidARN, text) }
        return arn
    }
}

/// The pauses that a client made, without making them.
final class Pauses: Sendable {
    private let made = Monitor<[Duration]>([])
    var all: [Duration] { made.read { $0 } }

    func append(_ pause: Duration) { made.update { $0.append(pause) } }
}

/// A client of a server that a test plays. `random` is what the jitter draws, from 0 to 1.
func client(
    of server: LoopbackServer, _ pauses: Pauses = Pauses(), random: Double = 1,
    changing change: (inout OKMSClient.Settings) -> Void = { _ in }
) throws -> OKMSClient {
    try client(at: server.url, pauses, random: random, changing: change)
}

func client(
    at url: String, _ pauses: Pauses = Pauses(), random: Double = 1,
    changing change: (inout OKMSClient.Settings) -> Void = { _ in }
) throws -> OKMSClient {
    var settings = OKMSClient.Settings()
    settings.now = { 1_767_323_045 }
    settings.sleep = { pause, _ in pauses.append(pause) }
    settings.random = { random }
    change(&settings)
    return try OKMSClient(
        endpoint: Endpoint(url), region: "eu-west-2",
        accessKey: AccessKey(id: "AKID", secret: secret("sesame"), place: "the test"),
        settings: settings)
}

/// The code of the error that a call ends with; nil without one.
func code(_ body: () throws -> Void) -> KeyServiceError.Code? {
    do {
        try body()
        return nil
    } catch {
        return (error as? KeyServiceError)?.code
    }
}

extension LoopbackServer.Reply {
    static func error(_ status: Int, _ type: String, _ message: String = "m") -> Self {
        .answer(status, #"{"__type":"\#(type)","message":"\#(message)"}"#)
    }
}

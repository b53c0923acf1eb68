import OKMS
import OKMSEngine
import Testing

/// A way to get a fresh key management service with one account and its default key.
///
/// Every conformer of `KeyManagementService` is added to `all` of its own test target and runs the
/// conformance suite.
struct Conformer: Sendable, CustomTestStringConvertible {
    let testDescription: String
    /// Makes a service, lends it, and removes every trace of it.
    let withService: @Sendable (_ body: (any KeyManagementService) throws -> Void) throws -> Void

    static let all =
        [
            Conformer(testDescription: "engine with software custody") { body in
                try withTemporaryDirectory { directory in
                    try body(OKMSEngine(store: directory + "/store"))
                }
            }
        ] + overSoftHSM
}

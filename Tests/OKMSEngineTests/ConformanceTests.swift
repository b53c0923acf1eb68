import OKMS
import OKMSConformance
import OKMSEngine
import Testing

/// The engine is a key management service like any other.
@Suite struct ConformanceTests {
    private static let engine = Conformer("engine with software custody") { body in
        try withTemporaryDirectory { directory in
            try body(OKMSEngine(store: directory + "/store").service())
        }
    }

    /// An account like any other: not the first, with an access key that is allowed everything.
    private static let account = Conformer("account of an engine") { body in
        try withTemporaryDirectory { directory in
            let engine = try OKMSEngine(store: directory + "/store")
            _ = try engine.service().createKey(description: "of somebody else")
            let account = try engine.createAccount().id
            let accessKey = try engine.createAccessKey(for: account)
            let caller = Caller(requestID: "1", accessKeyID: accessKey.id, source: "here")
            try body(engine.service(for: account, caller: caller))
        }
    }

    @Test(arguments: ConformanceCheck.all, [engine, account] + Conformer.overSoftHSM)
    func `it does what every key management service does`(
        check: ConformanceCheck, conformer: Conformer
    ) throws {
        try check.run(on: conformer)
    }
}

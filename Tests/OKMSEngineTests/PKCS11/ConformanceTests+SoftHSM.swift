import OKMS
import OKMSConformance
import OKMSEngine

extension ConformanceTests {
    /// The engine over a PKCS#11 token; none where SoftHSM is missing.
    static let overSoftHSM: [Conformer] =
        SoftHSM.isThere
        ? [
            Conformer("engine with a token of SoftHSM") { body in
                try withTemporaryDirectory { directory in
                    let engine = try OKMSEngine(
                        store: directory + "/store", pkcs11: SoftHSM.configuration())
                    try body(engine.service())
                }
            }
        ] : []
}

import OKMS
import OKMSConformance
import OKMSEngine

extension Conformer {
    /// The engine over a PKCS#11 token; none where SoftHSM is missing.
    static let overSoftHSM: [Conformer] =
        SoftHSM.isThere
        ? [
            Conformer("engine with a token of SoftHSM") { body in
                try withTemporaryDirectory { directory in
                    try body(
                        OKMSEngine(
                            store: directory + "/store", pkcs11: SoftHSM.configuration()
                        ).service())
                }
            }
        ] : []
}

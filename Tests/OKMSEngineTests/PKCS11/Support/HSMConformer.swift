import LibCrypto
import OKMSEngine
import Testing

/// A way to get a hardware security module. Every conformer of `HardwareSecurityModule` is in `all`
/// and runs the conformance suite.
struct HSMConformer: Sendable, CustomTestStringConvertible {
    let testDescription: String
    /// Whether material lives within the module, so that it can be destroyed there.
    let keepsMaterial: Bool
    let withHSM: @Sendable (_ body: (any HardwareSecurityModule) throws -> Void) throws -> Void

    static let all = [software] + softHSM + fakes

    private static let software = HSMConformer(
        testDescription: "software custody", keepsMaterial: false
    ) { body in
        try body(SoftwareHSM(rootKey: .random(count: 32), name: "test"))
    }

    private static let softHSM: [HSMConformer] =
        SoftHSM.isThere
        ? [
            HSMConformer(testDescription: "SoftHSM", keepsMaterial: true) { body in
                try body(PKCS11HSM(SoftHSM.configuration()))
            }
        ] : []

    private static let fakes = [FakeModule.IVMode.caller, .writeBack, .appended12, .appended16].map
    {
        mode in
        HSMConformer(testDescription: "a token with IV mode \(mode)", keepsMaterial: true) { body in
            try FakeModule.with(mode) { fake in
                try body(PKCS11HSM(fake.configuration()))
                #expect(fake.get(.collisions) == 0)
                #expect(fake.get(.openSessions) == 0)
            }
        }
    }
}

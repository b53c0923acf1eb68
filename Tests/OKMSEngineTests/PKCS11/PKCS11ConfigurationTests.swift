import OKMSEngine
import Testing

@Suite struct PKCS11ConfigurationTests {
    private func configure(
        module: String = "/m.so", label: String = "kms", serial: String? = nil, sessions: Int = 1
    ) throws -> PKCS11Configuration {
        try PKCS11Configuration(
            modulePath: module, tokenLabel: label, tokenSerial: serial, pin: PINFile(path: "/p"),
            maximumSessionCount: sessions)
    }

    @Test func `IV modes are read as they are written`() throws {
        for mode in PKCS11Configuration.IVMode.all {
            #expect(try .parse(mode.description) == mode)
        }
        #expect(try PKCS11Configuration.IVMode.parse("detect") == nil)
        #expect(PKCS11Configuration.IVMode.all.map(\.ivByteCount) == [12, 12, 12, 16])
    }

    @Test(arguments: ["", "Caller", "appended", "appended-8", "writeback", "caller "])
    func `another IV mode is refused`(text: String) {
        #expect(throws: PKCS11Configuration.Invalid.ivMode(text)) {
            _ = try PKCS11Configuration.IVMode.parse(text)
        }
    }

    @Test func `what a module lacks is a list with commas`() throws {
        typealias Hardening = PKCS11Configuration.Hardening
        #expect(try Hardening.parse("") == [])
        #expect(try Hardening.parse("copyable") == [.copyable])
        #expect(
            try Hardening.parse("allowed-mechanisms,modifiable")
                == [.allowedMechanisms, .modifiable])
        #expect(throws: PKCS11Configuration.Invalid.hardening("sensitive")) {
            _ = try Hardening.parse("copyable,sensitive")
        }
    }

    @Test func `a configuration that makes no sense is refused, with a sentence`() throws {
        let long = String(repeating: "x", count: 33)
        let wrong: [(PKCS11Configuration.Invalid, () throws -> PKCS11Configuration)] = [
            (.relativeModulePath("libsofthsm2.so"), { try configure(module: "libsofthsm2.so") }),
            (.tokenLabel(""), { try configure(label: "") }),
            (.tokenLabel(long), { try configure(label: long) }),
            (.tokenSerial(""), { try configure(serial: "") }),
            (.tokenSerial(long), { try configure(serial: long) }),
            (.sessionCount(0), { try configure(sessions: 0) }),
        ]
        for (expected, make) in wrong {
            #expect(throws: expected) { _ = try make() }
            #expect(expected.description.count > 20)
        }
        #expect(try configure().ivMode == nil)
    }
}

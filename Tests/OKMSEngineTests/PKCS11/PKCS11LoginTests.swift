import FoundationEssentials
import LibCrypto
import OKMS
import OKMSConformance
import Testing

@testable import OKMSEngine

/// The way to a token: the module, the label, the PIN.
@Suite struct PKCS11LoginTests {
    private func refuses(_ words: String, _ open: () throws -> PKCS11HSM) {
        #expect {
            _ = try open()
        } throws: { error in
            switch error as? HSMError {
            case .failed(let reason), .unreachable(let reason), .refused(let reason):
                reason.contains(words)
            default: false
            }
        }
    }

    @Test func `a wrong PIN is tried once, until its file changes`() throws {
        try FakeModule.with { fake in
            let hsm = try PKCS11HSM(fake.configuration())
            let material = try hsm.makeMaterial(for: .random(), version: 1)
            try fake.writePIN("wrong")
            fake.set(.lost, 1)
            func encrypt() throws {
                _ = try hsm.encrypt(secret([1]), with: material, additionalData: [UInt8]().span)
            }
            for _ in 0..<5 { #expect(throws: HSMError.self) { try encrypt() } }
            #expect(fake.get(.logins) == 2)
            try fake.writePIN("also wrong")
            for _ in 0..<5 { #expect(throws: HSMError.self) { try encrypt() } }
            #expect(fake.get(.logins) == 3)
            try fake.writePIN("fake-pin\r\n")
            try encrypt()
            #expect(fake.get(.logins) == 4)
        }
    }

    @Test func `a refused PIN is told without being shown`() throws {
        try FakeModule.with { fake in
            try fake.writePIN("unspeakable")
            refuses("CKR_PIN_INCORRECT (0xa0)") { try PKCS11HSM(fake.configuration()) }
            #expect(fake.get(.openSessions) == 0)
            do {
                _ = try PKCS11HSM(fake.configuration())
            } catch {
                #expect(!"\(error)".contains("unspeakable"))
            }
        }
    }

    @Test func `an exposed PIN file is refused before anything is asked of the token`() throws {
        try FakeModule.with { fake in
            try FileManager.default.setAttributes(
                [.posixPermissions: 0o644], ofItemAtPath: fake.pinPath)
            refuses("chmod 600") { try PKCS11HSM(fake.configuration()) }
            #expect(fake.get(.logins) == 0)
        }
    }

    @Test func `a token is found by its label and serial number`() throws {
        try FakeModule.with { fake in
            _ = try PKCS11HSM(fake.configuration(serial: "1"))
            refuses("no token with the label 'fake' and serial number 2") {
                try PKCS11HSM(fake.configuration(serial: "2"))
            }
            let other = try PKCS11Configuration(
                modulePath: fake.path, tokenLabel: "fak", pin: PINFile(path: fake.pinPath))
            refuses("no token with the label 'fak'") { try PKCS11HSM(other) }
        }
    }

    @Test func `a module is initialised once, however many use it`() throws {
        try FakeModule.with { fake in
            let hsms = try (0..<4).map { _ in try PKCS11HSM(fake.configuration()) }
            #expect(Set(hsms.map(\.identity)).count == 1)
            #expect(fake.get(.initialized) == 1)
            #expect(fake.get(.logins) == 1)
            let material = try hsms[0].makeMaterial(for: .random(), version: 1)
            for hsm in hsms {
                _ = try hsm.encrypt(secret([1]), with: material, additionalData: [UInt8]().span)
            }
        }
    }

    @Test func `what is no module is refused`() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/module.so"
            func open(_ path: String) throws -> PKCS11HSM {
                try PKCS11HSM(
                    PKCS11Configuration(
                        modulePath: path, tokenLabel: "x", pin: PINFile(path: directory)))
            }
            refuses("cannot load the PKCS#11 module \(path)") { try open(path) }
            try Data("no library".utf8).write(to: URL(filePath: path))
            refuses("cannot load the PKCS#11 module \(path)") { try open(path) }
            refuses("C_GetFunctionList") { try open("/lib/x86_64-linux-gnu/libm.so.6") }
        }
    }

    @Test func `a store belongs to its token`() throws {
        try withTemporaryDirectory { directory in
            try FakeModule.with { fake in
                let store = directory + "/store"
                let engine = try OKMSEngine(store: store, pkcs11: fake.configuration())
                let made = try engine.service().generateDataKey(
                    byteCount: 32, under: .accountDefault, context: .empty)
                let again = try OKMSEngine(
                    store: store, pkcs11: fake.configuration(), createIfMissing: false)
                _ = try again.service().decrypt(
                    made.wrapped.ciphertext, under: nil, context: .empty)
                fake.set(.serial, 2)
                #expect(
                    throws: StoreError.foreignCustody(directory: store, hsm: "the token 'fake'")
                ) { _ = try OKMSEngine(store: store, pkcs11: fake.configuration()) }
                #expect {
                    _ = try OKMSEngine(store: store, pkcs11: fake.configuration(serial: "3"))
                } throws: {
                    "\($0)".contains("serial number 3")
                }
            }
        }
    }
}

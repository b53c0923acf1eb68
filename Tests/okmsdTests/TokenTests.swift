import Foundation
import OKMS
import OKMSServerSupport
import Testing

/// The program with its keys in a token of SoftHSM.
@Suite(.enabled(if: Token.isThere, "SoftHSM is not installed (Debian's package softhsm2)"))
struct TokenTests {
    private let place: Place
    private let token: Token

    init() throws {
        place = try Place()
        token = try Token(in: place)
    }

    private func accounts(_ options: [String]) throws -> Ending {
        try place.run(Place.program, ["account", "create"] + options)
    }

    @Test func `what cannot open a token has a status, and leaves no store behind`() throws {
        func expect(_ status: Int32, _ words: String, _ options: [String]) throws {
            let ending = try accounts(options)
            #expect(ending.status == status, "\(ending)")
            #expect(ending.err.contains(words), "\(ending)")
            #expect(!ending.err.contains("try again"))
            #expect(!FileManager.default.fileExists(atPath: place("store/okms.sqlite")))
        }
        try expect(13, "no token with the label 'other'", token.options(label: "other"))
        try expect(
            13, "no token with the label 'okms' and serial number 1",
            token.options() + ["--pkcs11-serial", "1"])
        try expect(13, "/no/module.so", token.options(module: "/no/module.so"))
        try expect(10, "/no/pin", token.options(pinFile: "/no/pin"))
        try token.write("")
        try expect(10, "must hold one line", token.options())
        try token.write("123456", mode: 0o644)
        try expect(12, "chmod 600", token.options())
        try token.write("654321")
        try expect(12, "refuses the PIN", token.options())
        try token.write("123456")
        #expect(try accounts(token.options()).status == 0)
    }

    @Test func `a store is opened with the custody its keys are in, and says which`() throws {
        #expect(try accounts(token.options()).status == 0)
        let without = try place.okmsd("account", "list")
        #expect(without.status == 2)
        #expect(without.err.contains("live in a PKCS#11 token; give --pkcs11-module"))
        let sealed = ["--store", place("sealed")]
        #expect(try place.run(Place.program, ["account", "create"] + sealed).status == 0)
        let with = try place.run(
            Place.program, ["account", "list"] + sealed + token.options())
        #expect(with.status == 2)
        #expect(with.err.contains("sealed under a root key"))
        let both = try accounts(token.options() + ["--root-key-file", place("key")])
        #expect(both.status == 2)
        #expect(both.err.contains("--root-key-file"))
    }

    @Test func `administration logs in beside a server, reading the audit trail does not`() throws {
        #expect(try accounts(token.options()).status == 0)
        let daemon = try place.serve(token.options())
        #expect(try accounts(token.options()).status == 0)
        let list = ["access-key", "list"]
        #expect(try place.run(Place.program, list + token.options()).status == 0)
        try token.write("654321")
        let refused = try place.run(Place.program, list + token.options())
        #expect(refused.status == 12, "\(refused)")
        #expect(try place.okmsd("audit", "verify").status == 0)
        #expect(try place.okmsd("audit", "export").out.contains("CreateAccount"))
        daemon.signal(SIGTERM)
        #expect(daemon.ended() == 0)
    }

    @Test func `a token that comes back needs no restart`() throws {
        let made = try place.run(
            Place.program, ["access-key", "create", "--json"] + token.options()
        ).object()
        let client = TestClient(
            accessKeyID: try #require(made["AccessKeyId"] as? String),
            account: try #require((made["AccountId"] as? String).flatMap(AccountID.init)),
            secret: try #require(made["SecretAccessKey"] as? String))
        let daemon = try place.serve(token.options())
        let connection = try RawConnection(port: daemon.port)
        func status() throws -> Int {
            connection.send(
                try client.bytes(
                    "GenerateDataKey", #"{"KeyId":"alias/okms/default","KeySpec":"AES_256"}"#))
            return try connection.readResponse().status
        }
        #expect(try status() == 200)
        Thread.sleep(forTimeInterval: 2.1)
        for _ in 0..<2 {
            try FileManager.default.moveItem(atPath: place("tokens"), toPath: place("away"))
            #expect(try status() == 500)
            #expect(try status() == 500)
            try FileManager.default.moveItem(atPath: place("away"), toPath: place("tokens"))
            #expect(try status() == 200)
            Thread.sleep(forTimeInterval: 2.1)
        }
        let log = try daemon.logLines().joined()
        #expect(log.contains("C_Initialize answered"))
        #expect(!log.contains("backup"))
    }
}

/// A token of SoftHSM in a place, and the file with its PIN.
private struct Token {
    private static let module = "/usr/lib/softhsm/libsofthsm2.so"
    static let isThere =
        FileManager.default.fileExists(atPath: module)
        || ProcessInfo.processInfo.environment["CI"] == "true"

    private let place: Place

    init(in place: Place) throws {
        self.place = place
        try FileManager.default.createDirectory(
            atPath: place("tokens"), withIntermediateDirectories: false)
        try Data(
            "directories.tokendir = \(place("tokens"))\nobjectstore.backend = file\n".utf8
        ).write(to: URL(fileURLWithPath: place("softhsm2.conf")))
        let made = try place.run(
            "/usr/bin/softhsm2-util",
            [
                "--init-token", "--free", "--label", "okms", "--so-pin", "87654321", "--pin",
                "123456",
            ])
        try #require(made.status == 0, "\(made)")
        try write("123456")
    }

    func write(_ pin: String, mode: Int = 0o600) throws {
        try Data(pin.utf8).write(to: URL(fileURLWithPath: place("pin")))
        try FileManager.default.setAttributes(
            [.posixPermissions: mode], ofItemAtPath: place("pin"))
    }

    func options(
        module: String = Token.module, label: String = "okms", pinFile: String? = nil
    ) -> [String] {
        [
            "--pkcs11-module", module, "--pkcs11-token", label, "--pkcs11-pin-file",
            pinFile ?? place("pin"),
        ]
    }
}

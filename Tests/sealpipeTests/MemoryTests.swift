import Archive
import Envelope
import Foundation
import LibCrypto
import OKMS
import OKMSEngine
import TestSupport
import Testing

/// What is left of keys in the memory of the program once a run has done its work: nothing.
@Suite(.serialized) struct MemoryTests {
    private let place: Workplace
    private static let arn =
        "arn:ows:kms:eu-west-2:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"

    init() throws {
        place = try Workplace()
        for number in 0..<20 { try place.write("data/\(number)", noise(50_000 + number)) }
    }

    // MARK: runs

    /// Runs the program, and looks at it when it has done everything but end.
    private func hold<R>(
        _ arguments: String, _ settings: String = "", status: Int32 = 0, _ look: (Int32) throws -> R
    ) throws -> R {
        let shim = try #require(Shim.memory, "clang builds Tests/MemoryShim")
        let mark = place("held")
        let run = try place.start(
            script: """
                ulimit -c $(ulimit -H -c)
                exec env LD_PRELOAD='\(shim)' SEALPIPE_HOLD='\(mark)' \(settings) \
                '\(Workplace.program)' \(arguments)
                """)
        #expect(run.wait { place.exists("held") }, "\(arguments) came to no end: \(run.errors)")
        let result = try look(run.identifier)
        try FileManager.default.removeItem(atPath: mark)
        let ending = try run.ended()
        #expect(ending.status == status, "\(ending)")
        return result
    }

    private func found(_ secrets: () throws -> [Secret], in process: Int32) throws -> [String] {
        try MemoryScan.find(try secrets(), inProcess: process).sorted()
    }

    // MARK: secrets

    private func text(_ secret: borrowing SecretBytes) -> [UInt8] {
        secret.withBytes { bytes in bytes.indices.map { bytes[$0] } }
    }

    private func secret(_ bytes: [UInt8]) -> SecretBytes {
        SecretBytes(count: bytes.count) { span in
            for index in bytes.indices { span[index] = bytes[index] }
        }
    }

    private func manifest() throws -> Manifest {
        let run = try #require(place.archives("set").last)
        return try Manifest(parsing: Array(place.read("set/\(run)/manifest.json")))
    }

    /// The data key of the archive and all that is derived from it.
    private func secrets(of dataKey: borrowing SecretBytes, _ manifest: Manifest) throws -> [Secret]
    {
        var secrets = [Secret(name: "the data key", bytes: text(dataKey))]
        let noSalt: [UInt8] = []
        let pseudorandomKey = try HKDFSHA512.extract(salt: noSalt.span, from: dataKey)
        let info = Array("sealpipe manifest v1".utf8)
        let manifestKey = try HKDFSHA512.expand(pseudorandomKey, info: info.span, count: 32)
        secrets += [
            Secret(name: "what the manifest's key is made of", bytes: text(pseudorandomKey)),
            Secret(name: "the manifest's key", bytes: text(manifestKey)),
        ]
        for file in manifest.parts + [manifest.catalog] {
            let id = try #require(MessageID(hexadecimal: file.message))
            let root = try HKDFSHA512.extract(salt: id.bytes.span, from: dataKey)
            let keys = try MessageKeys.derive(from: dataKey, messageID: id)
            secrets += [
                Secret(name: "what \(file.name)'s keys are made of", bytes: text(root)),
                Secret(name: "the content key of \(file.name)", bytes: text(keys.contentKey)),
            ]
        }
        return secrets
    }

    /// Every secret of an archive whose key comes from the embedded service, that of the service too.
    private func embeddedSecrets() throws -> [Secret] {
        let rootKey = secret(Array(try place.read("okms/root.key")))
        let noSalt: [UInt8] = []
        let root = try HKDFSHA512.extract(salt: noSalt.span, from: rootKey)
        let info = Array("okms material sealing v1".utf8)
        let sealingKey = try HKDFSHA512.expand(root, info: info.span, count: 32)
        var secrets = [
            Secret(name: "the root key", bytes: text(rootKey)),
            Secret(name: "what the sealing key is made of", bytes: text(root)),
            Secret(name: "the sealing key", bytes: text(sealingKey)),
        ]
        // A copy, for the program still holds its own.
        try place.shell("rm -rf copy && cp -r okms copy")
        for material in try materials() {
            let opened = try unseal(material, with: sealingKey)
            secrets.append(Secret(name: "a customer master key", bytes: text(opened)))
        }
        let manifest = try manifest()
        let engine = try OKMSEngine(store: place("copy"), createIfMissing: false)
        let dataKey = try engine.service().decrypt(
            try #require(manifest.keys.first?.wrappedBytes), under: nil,
            context: try EncryptionContext(manifest.context.map { ($0[0], $0[1]) }), dryRun: false)
        return secrets + (try self.secrets(of: dataKey.plaintext, manifest))
    }

    /// Key, version and token, as the store keeps them, in hexadecimal.
    private func materials() throws -> [[Substring]] {
        let script =
            "import sqlite3;[print(*r) for r in sqlite3.connect('copy/okms.sqlite')"
            + ".execute('SELECT hex(key), version, hex(token) FROM key_material')]"
        let ending = try place.shell("python3 -c \"\(script)\"")
        let rows = ending.lines.map { $0.split(separator: " ") }
        #expect(!rows.isEmpty && rows.allSatisfy { $0.count == 3 }, "\(ending)")
        return rows
    }

    /// Source: `SoftwareHSM`.
    private func unseal(
        _ material: [Substring], with sealingKey: borrowing SecretBytes
    ) throws -> SecretBytes {
        let token = bytes(hexadecimal: material[2])
        let version = try #require(UInt32(material[1]))
        let label =
            Array("okms material v1".utf8) + bytes(hexadecimal: material[0])
            + (0..<4).map { UInt8(truncatingIfNeeded: version >> (24 - 8 * $0)) }
        let (iv, sealed, tag) = (Array(token[..<12]), Array(token[12..<44]), Array(token[44...]))
        var cipher = try AESGCM(.decrypt, key: sealingKey)
        try cipher.begin(iv: iv.span, additionalData: label.span)
        let opened = try [UInt8](capacity: 32) { output throws(CryptoError) in
            try cipher.update(sealed.span, appendingTo: &output)
        }
        try cipher.verify(tag: tag.span)
        return secret(opened)
    }

    private func bytes(hexadecimal text: Substring) -> [UInt8] {
        var rest = text
        var bytes: [UInt8] = []
        while !rest.isEmpty {
            bytes.append(UInt8(rest.prefix(2), radix: 16) ?? 0)
            rest = rest.dropFirst(2)
        }
        return bytes
    }

    // MARK: the embedded service

    @Test func `no key is left after sealing and restoring`() throws {
        #expect(try hold("seal data set") { try found(embeddedSecrets, in: $0) } == [])
        #expect(try hold("restore set back") { try found(embeddedSecrets, in: $0) } == [])
        #expect(try hold("verify set") { try found(embeddedSecrets, in: $0) } == [])
        #expect(try place.same("data", "back/data"))
    }

    /// Shows that the scan finds what is there, and that wiping is what takes it away.
    @Test func `without wiping keys are left`() throws {
        let left = try hold("seal data set", "SEALPIPE_NO_WIPING=1") {
            try found(embeddedSecrets, in: $0)
        }
        expectKeys(in: left)
    }

    /// The content key, of which OpenSSL keeps a copy as long as it uses it. Most of the others are left,
    /// too; but their pages are used again, and which are then overwritten is chance. That those are wiped,
    /// each when its secret dies, is `SecretBytesTests`' business.
    private func expectKeys(in left: [String]) {
        let isOfOpenSSL = { (found: String) in found.hasPrefix("the content key of catalog.esdk") }
        #expect(left.contains(where: isOfOpenSSL), "\(left)")
    }

    private static var canLeaveCore: Bool {
        let pattern = try? String(contentsOfFile: "/proc/sys/kernel/core_pattern", encoding: .utf8)
        var limit = rlimit()
        let status = unsafe getrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &limit)
        return pattern?.hasPrefix("core") == true && status == 0 && limit.rlim_max == .max
    }

    @Test(.enabled(if: canLeaveCore, "cores are limited here, or go elsewhere than to a file"))
    func `a core holds no key`() throws {
        for settings in ["SEALPIPE_CORE=1", "SEALPIPE_CORE=1 SEALPIPE_NO_WIPING=1"] {
            try place.shell("rm -rf set core*")
            let secrets = try hold("seal data set", settings, status: 128 + SIGABRT) { _ in
                try embeddedSecrets()
            }
            let core = try #require(place.names("").first { $0.hasPrefix("core") })
            let left = try MemoryScan.find(secrets, inFile: place(core))
            // Pages of secrets stay out of a core, wiped or not; what OpenSSL keeps does not.
            #expect(left.isEmpty == !settings.contains("NO_WIPING"), "\(left)")
        }
    }

    // MARK: a service elsewhere

    private static let dataKey = noise(32, seed: 7)
    private static let accessKey = "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEYxx"

    private static func answer(_: LoopbackServer.Request, _: Int) -> LoopbackServer.Reply {
        let plaintext = Data(dataKey).base64EncodedString()
        return .answer(
            200, #"{"KeyId":"\#(arn)","CiphertextBlob":"AQID","Plaintext":"\#(plaintext)"}"#)
    }

    /// What a run with a service elsewhere had in its hands: the data key, also as it came over the
    /// wire, the secret of the access key, and the keys that sign requests.
    private func remoteSecrets(_ server: LoopbackServer) throws -> [Secret] {
        let date = try #require(server.requests.last?.header("X-Amz-Date"))
        var secrets = try secrets(of: secret(Self.dataKey), manifest())
        secrets += [
            Secret(
                name: "the data key in base64",
                bytes: Array(Data(Self.dataKey).base64EncodedString().utf8)),
            Secret(name: "the access key", bytes: Array(Self.accessKey.utf8)),
        ]
        var key = secret(Array("AWS4\(Self.accessKey)".utf8))
        for step in [String(date.prefix(8)), "eu-west-2", "kms", "aws4_request"] {
            key = try HMACSHA256.deriveKey(Array(step.utf8).span, from: key)
            secrets.append(Secret(name: "the signing key of \(step)", bytes: text(key)))
        }
        return secrets
    }

    private func remote(_ server: LoopbackServer) throws -> String {
        try place.write(
            "credentials",
            "[default]\naws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = \(Self.accessKey)\n"
        )
        return "OKMS_ENDPOINT=\(server.url) AWS_REGION=eu-west-2 "
            + "AWS_SHARED_CREDENTIALS_FILE='\(place("credentials"))'"
    }

    @Test func `no key is left after runs with a service elsewhere`() throws {
        let server = try LoopbackServer(Self.answer)
        defer { server.stop() }
        let settings = try remote(server)
        for command in ["seal data set", "restore set back"] {
            let left = try hold(command, settings) {
                try found({ try remoteSecrets(server) }, in: $0)
            }
            #expect(left == [], "\(command)")
        }
        #expect(server.requests.count == 2)
    }

    @Test func `without wiping the keys of a service elsewhere are left, too`() throws {
        let server = try LoopbackServer(Self.answer)
        defer { server.stop() }
        let left = try hold("seal data set", "\(try remote(server)) SEALPIPE_NO_WIPING=1") {
            try found({ try remoteSecrets(server) }, in: $0)
        }
        expectKeys(in: left)
    }
}

import Foundation
import OKMS
import OKMSServerSupport
import TestSupport
import Testing

@testable import OKMSEngine

/// What administrators and clients see of a store, without the ids that chance gives.
struct StoreSight: Equatable {
    let accounts: [String]
    let keys: [String]
    let accessKeys: [String]

    init(of engine: OKMSEngine) throws {
        let all = try engine.accounts()
        accounts = all.map { "quota \($0.keyQuota), keys \($0.keyCount)" }.sorted()
        accessKeys = try all.flatMap { try engine.accessKeys(of: $0.id) }.map {
            "\($0.isActive ? "active" : "inactive") \($0.allowedActions?.count ?? 0)"
        }.sorted()
        let service = engine.service()
        keys = try service.allKeys().map { arn in
            let key = try service.describeKey(.arn(arn))
            let rotations = try service.listKeyRotations(of: .arn(arn), limit: nil, marker: nil)
            let status = try service.keyRotationStatus(of: .arn(arn))
            let tags = try service.listResourceTags(.arn(arn), limit: nil, marker: nil).elements
            let aliases = try service.listAliases(of: .arn(arn), limit: nil, marker: nil).elements
            return "\(key.description) \(key.state), rotated \(rotations.elements.count), "
                + "period \(status.periodDays ?? 0), tags \(tags.map(\.value)), "
                + "aliases \(aliases.map { "\($0.name)" })"
        }.sorted()
    }
}

/// A store of two keys and an access key, and ciphertexts that must open for ever.
struct FilledStore {
    static let folder = "filled"
    /// Not the default one.
    let key: KeyARN
    let client: TestClient
    let ciphertexts: [[UInt8]]

    /// `now` is in seconds since 1970.
    init(
        in place: Place, at now: Double = Date().timeIntervalSince1970,
        adding more: (AccountService, KeyARN) throws -> Void = { _, _ in }
    ) throws {
        var settings = OKMSEngine.Settings()
        settings.now = { now }
        let engine = try OKMSEngine(store: place(Self.folder), settings: settings)
        let service = engine.service()
        let key = try service.createKey(description: "first").arn
        self.key = key
        client = TestClient(try engine.createAccessKey(for: engine.defaultAccount))
        ciphertexts = try [KeyName.accountDefault, .arn(key)].map {
            try service.generateDataKeyWithoutPlaintext(byteCount: 32, under: $0, context: .empty)
                .ciphertext
        }
        try more(service, key)
    }
}

extension Place {
    func shell(_ script: String) throws {
        let ending = try run("/bin/bash", ["-c", "set -e; \(script)"])
        try #require(ending.status == 0, "\(ending)")
    }

    /// What a program's environment needs to die at one of the calls that change something in the store.
    func dying(_ action: String, at point: Int) throws -> [String: String] {
        Shim.faults(
            try #require(Shim.fault, "clang builds Tests/FaultShim"), meeting: action,
            on: "writes", in: self("store"), from: point, to: point, countingIn: self("count"))
    }

    /// How many such calls there were in a run that was not killed.
    func countedWrites() throws -> Int {
        let text = try String(contentsOfFile: self("count"), encoding: .utf8)
        return try #require(Int(text.trimmingCharacters(in: .whitespacesAndNewlines)))
    }

    /// Shows that nothing is lost: ciphertexts open, the trail is whole, and a server starts and serves.
    func expectSound(
        _ ciphertexts: [[UInt8]], client: TestClient?, _ comment: Comment
    ) throws {
        var blobs = ciphertexts
        do {
            let daemon = try serve()
            let connection = try RawConnection(port: daemon.port)
            if let client {
                let body = #"{"KeyId":"alias/okms/default","NumberOfBytes":32}"#
                connection.send(try client.bytes("GenerateDataKey", body))
                blobs.append(try Self.ciphertext(in: connection.readResponse().body))
            } else {
                connection.send("GET /health HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(try connection.readResponse().status == 200, comment)
            }
        } catch let error as Daemon.DidNotStart {
            Issue.record("it does not start again: \(error.log) (\(comment))")
        }
        let engine = try OKMSEngine(store: self("store"), createIfMissing: false)
        let service = engine.service()
        for key in try service.allKeys() {
            if try service.describeKey(.arn(key)).state == .pendingDeletion {
                _ = try service.cancelKeyDeletion(.arn(key))
            }
            try service.enableKey(.arn(key))
        }
        for blob in blobs { _ = try service.decrypt(blob, under: nil, context: .empty) }
        let report = try AuditTrail.verify(directory: self("store"))
        #expect(report.isIntact, "\(report.problems) (\(comment))")
        #expect(!FileManager.default.fileExists(atPath: self("store/root.key.new")), comment)
    }

    static func ciphertext(in answer: String) throws -> [UInt8] {
        let blob = try #require(answer.firstMatch(of: /"CiphertextBlob":"([^"]+)"/), "\(answer)").1
        return Array(try #require(Data(base64Encoded: String(blob))))
    }

    /// The actions that the trail tells of, with their outcomes left out where they were done.
    func recordedActions(of accessKeyID: String? = nil) throws -> [String] {
        var actions: [String] = []
        try AuditTrail.read(directory: self("store")) { line in
            let text = String(decoding: line, as: UTF8.self)
            guard accessKeyID.map({ text.contains("\"access_key\":\"\($0)\"") }) ?? true,
                text.contains(#""outcome":"ok""#),
                let match = text.firstMatch(of: /"action":"(\w+)"/),
                // How the access key itself came about is an administrator's action.
                accessKeyID == nil || match.1 != "CreateAccessKey"
            else { return }
            actions.append(String(match.1))
        }
        return actions
    }
}

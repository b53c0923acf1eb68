import Foundation
import LibCrypto
import Logging
import NIOConcurrencyHelpers
import OKMS
import Testing

@testable import OKMSEngine
@testable import OKMSServer

/// What the server does by itself, whatever fails of it.
@Suite struct SweepTests {
    @Test func `a key that cannot be destroyed keeps none from its rotation`() throws {
        let directory = try temporaryDirectory()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let days = NIOLockedValueBox(0.0)
        var settings = OKMSEngine.Settings()
        settings.now = { 1_767_323_045 + days.withLockedValue { $0 } * 86_400 }
        let engine = try OKMSEngine(
            store: directory, region: "eu-west-2", createIfMissing: true, settings: settings
        ) { _ throws(StoreError) in try LastingModule() }
        let service = engine.service()
        let (kept, doomed) = (
            try service.createKey(description: "").arn, try service.createKey(description: "").arn
        )
        try service.enableKeyRotation(.arn(kept), periodDays: 90)
        _ = try service.scheduleKeyDeletion(.arn(doomed), windowDays: 7)
        days.withLockedValue { $0 = 90 }
        let log = NIOLockedValueBox<[String]>([])
        let logger = Logger(label: "test") { _ in ListedLog(lines: log) }
        let server = try OKMSServer(
            engine: engine, settings: ServerSettings(listen: .standard), logger: logger)
        server.sweep(
            KeyServiceResponder(engine: engine, metrics: server.metrics, logger: logger))
        // Asking the service would rotate by the way.
        var trail = ""
        try AuditTrail.read(directory: directory) { trail += String(decoding: $0, as: UTF8.self) }
        #expect(trail.contains(#""action":"RotateKey","key":"\#(kept)""#))
        let lines = log.withLockedValue { $0 }
        #expect(lines.count == 2)
        #expect(lines.first?.hasPrefix("sweep failed") == true)
        #expect(lines.first?.contains("\(doomed)") == true)
        #expect(lines.last?.hasPrefix("key rotated") == true)
    }
}

/// A module that destroys nothing.
private struct LastingModule: HardwareSecurityModule {
    private let module: SoftwareHSM

    init() throws(StoreError) {
        let rootKey = SecretBytes(count: 32) { _ in }
        do throws(CryptoError) {
            module = try SoftwareHSM(rootKey: rootKey, name: "lasting")
        } catch {
            throw .custodyFailed(reason: "\(error)")
        }
    }

    var name: String { module.name }
    var identity: [UInt8] { module.identity }
    var ivByteCount: Int { module.ivByteCount }
    var adviceOnUnusableMaterial: String { module.adviceOnUnusableMaterial }

    func makeMaterial(for key: KeyID, version: UInt32) throws(HSMError) -> KeyMaterial {
        try module.makeMaterial(for: key, version: version)
    }

    func encrypt(
        _ plaintext: borrowing SecretBytes, with material: KeyMaterial, additionalData: Span<UInt8>
    ) throws(HSMError) -> SealedBytes {
        try module.encrypt(plaintext, with: material, additionalData: additionalData)
    }

    func decrypt(
        _ sealed: SealedBytes, with material: KeyMaterial, additionalData: Span<UInt8>
    ) throws(HSMError) -> SecretBytes {
        try module.decrypt(sealed, with: material, additionalData: additionalData)
    }

    func destroyMaterial(_ material: KeyMaterial) throws(HSMError) {
        throw .failed("it destroys nothing")
    }
}

/// A log whose lines can be looked at.
private struct ListedLog: LogHandler {
    let lines: NIOLockedValueBox<[String]>
    var logLevel = Logger.Level.info
    var metadata = Logger.Metadata()

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let line = "\(event.message) \(event.metadata ?? [:])"
        lines.withLockedValue { $0.append(line) }
    }
}

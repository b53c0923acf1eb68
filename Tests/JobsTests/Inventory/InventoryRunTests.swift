import Foundation
import OKMS
import Storage
import Testing

@testable import Jobs

@Suite struct InventoryRunTests {
    private let place: Workplace

    init() throws { place = try Workplace() }

    @discardableResult
    private func seal(_ set: String = "set", keys: [String] = ["default"]) throws -> String {
        try place.write("tree/file", Array(repeating: 0x61, count: 10_000))
        var job = Job.seal([Source(path: place("tree"), name: "tree")], into: place(set))
        job.key = KeyChoice(names: keys, context: try EncryptionContext([("dataset", "orders")]))
        return try #require(try place.run(job).archive)
    }

    private func take(
        _ paths: [String], service: KeyChoice.Service? = .embedded, digests: Bool = false,
        store: String = "okms"
    ) throws -> Inventory {
        try InventoryRun(
            paths.map { place($0) }, service: service, comparingDigests: digests,
            environment: RunEnvironment(store: place(store), tool: "tests")
        ).run()
    }

    private func service() throws -> any KeyManagementService {
        try place.environment.keyService(.embedded, making: true)
    }

    @Test func `archives are listed with what their manifests say`() throws {
        let paths = [try seal(), try seal(), try seal("other")]
        let inventory = try take(["set", "other"])
        #expect(inventory.archives.map(\.path) == paths)
        #expect(inventory.missing.isEmpty && inventory.notices.isEmpty)
        let facts = try #require(inventory.archives.first?.facts)
        #expect(facts.job == "test" && facts.entries == 2 && facts.contentBytes == 10_000)
        #expect(facts.context.first == ["dataset", "orders"])
        #expect(inventory.archives.allSatisfy { $0.damage.isEmpty && $0.access == .open })
        #expect(inventory.keys.map(\.archiveCount) == [3])
        #expect(inventory.keys.map(\.state) == [.enabled(isDefault: true)])
    }

    @Test func `an archive opens as long as one of its keys is enabled`() throws {
        let second = try service().createKey(description: "").arn
        try seal(keys: ["default", "\(second)"])
        let first = try service().describeKey(.accountDefault).arn
        try service().disableKey(.arn(first))
        #expect(try take(["set"]).archives.map(\.access) == [.open])
        try service().disableKey(.arn(second))
        let inventory = try take(["set"])
        #expect(inventory.archives.map(\.access) == [.refused])
        #expect(inventory.keys.map(\.state) == [.disabled, .disabled])
    }

    @Test func `a key whose deletion is scheduled opens nothing`() throws {
        let second = try service().createKey(description: "").arn
        try seal(keys: ["\(second)"])
        _ = try service().scheduleKeyDeletion(.arn(second), windowDays: 7)
        let inventory = try take(["set"])
        #expect(inventory.archives.map(\.access) == [.refused])
        guard case .pendingDeletion(let date?)? = inventory.keys.first?.state else {
            Issue.record("\(inventory.keys)")
            return
        }
        #expect(date > 0)
    }

    @Test func `a key of another store is missing`() throws {
        try seal()
        _ = try RunEnvironment(store: place("other"), tool: "tests")
            .keyService(.embedded, making: true)
        let inventory = try take(["set"], store: "other")
        #expect(inventory.keys.map(\.state) == [.missing])
        #expect(inventory.archives.map(\.access) == [.refused])
    }

    @Test func `a service that is not there leaves access unknown, and is told`() throws {
        try seal()
        let inventory = try take(["set"], store: "none")
        #expect(inventory.archives.map(\.access) == [.unknown])
        #expect(inventory.notices.count == 1)
        #expect(try place.shell("ls").output.contains("none") == false)
    }

    @Test func `nobody is asked who should not be`() throws {
        try seal()
        let inventory = try take(["set"], service: nil)
        #expect(inventory.archives.map(\.access) == [.unknown] && inventory.notices.isEmpty)
        #expect(inventory.keys.map(\.state) == [.unknown("not asked")])
    }

    @Test func `a missing or shortened file is damage, a changed one only by its digest`() throws {
        let archives = [try seal(), try seal(), try seal(), try seal()]
        try place.shell(
            """
            rm '\(archives[0])/catalog.esdk'; truncate -s -1 '\(archives[1])'/part-*
            printf x | dd of="$(ls '\(archives[2])'/part-*)" bs=1 seek=50 conv=notrunc
            """)
        #expect(try take(["set"]).archives.map { $0.damage.count } == [1, 1, 0, 0])
        let compared = try take(["set"], digests: true)
        #expect(compared.archives.map { $0.damage.count } == [1, 1, 1, 0])
        #expect(compared.archives.allSatisfy { $0.hasComparedDigests })
    }

    @Test func `an archive without a manifest that can be read is damage too`() throws {
        let archives = [try seal(), try seal()]
        try place.shell(
            "rm '\(archives[0])/manifest.json'; echo {} >'\(archives[1])/manifest.json'")
        let inventory = try take(["set"])
        #expect(inventory.archives.map(\.path) == archives)
        #expect(inventory.archives.allSatisfy { $0.facts == nil && $0.damage.count == 1 })
        #expect(inventory.keys.isEmpty)
    }

    @Test func `what holds no archive is told, and the rest listed`() throws {
        try seal()
        try place.shell("mkdir empty; echo x >file")
        let inventory = try take(["none", "empty", "file", "set"])
        #expect(inventory.missing.map(\.path) == ["none", "empty", "file"].map { place($0) })
        #expect(inventory.archives.count == 1)
    }
}

import Foundation
import Glibc
import OKMS
import OKMSServerSupport
import TestSupport
import Testing

@testable import OKMSEngine

/// okmsd killed at each call that changes something in its store: what it answered is kept, what it did
/// not answer is done or not, never by half, and it starts again.
///
/// Each point is met twice: killed before the call, and in the middle of what it writes. Here a part of
/// the points, at equal distances; `make torture` takes every one.
@Suite(.serialized) struct StoreCrashTests {
    private let place: Place

    init() throws { place = try Place() }

    private struct Point: CustomStringConvertible {
        let action: String
        let number: Int
        var description: String { "\(action) at \(number)" }
    }

    private func points(_ name: String, _ count: Int, short: Int) -> [Point] {
        #expect(count > 3, "\(name)")
        let all = (1...max(count, 1)).flatMap {
            [Point(action: "kill", number: $0), Point(action: "tear", number: $0)]
        }
        return Torture.part("crash points of \(name)", of: all, short: short)
    }

    private func renewStore() throws {
        try place.shell("rm -rf store; ! test -d filled || cp -a filled store")
    }

    // MARK: the first start

    @Test(arguments: [["account", "create"], ["access-key", "create"], ["serve"]])
    func `a store whose making was cut short is made by the next start`(command: [String]) throws {
        func run(_ variables: [String: String]) throws -> Int32 {
            guard command == ["serve"] else {
                return try place.run(Place.program, command, variables: variables).status
            }
            guard let daemon = try? place.serve([], variables: variables) else { return 137 }
            daemon.signal(SIGTERM)
            return daemon.ended()
        }
        #expect(try run(place.dying("kill", at: 0)) == 0)
        for point in points("first \(command[0])", try place.countedWrites(), short: 6) {
            try renewStore()
            let status = try run(place.dying(point.action, at: point.number))
            #expect([0, 137].contains(status), "\(point)")
            try place.expectSound([], client: nil, "\(point)")
            let sight = try StoreSight(of: OKMSEngine(store: place("store")))
            #expect(sight.accounts == ["quota 20, keys 1"], "\(point)")
            #expect(sight.keys.count == 1, "\(point)")
        }
    }

    // MARK: calls

    /// Every kind of change of a key, one after the other. The first gives a key; `KEY` is the store's.
    private static let calls: [(action: String, body: String)] = [
        ("CreateKey", #"{"Description":"second","Tags":[{"TagKey":"a","TagValue":"1"}]}"#),
        ("RotateKeyOnDemand", #"{"KeyId":"KEY"}"#),
        ("GenerateDataKey", #"{"KeyId":"KEY","NumberOfBytes":32}"#),
        ("DisableKey", #"{"KeyId":"KEY"}"#), ("EnableKey", #"{"KeyId":"KEY"}"#),
        ("EnableKeyRotation", #"{"KeyId":"KEY","RotationPeriodInDays":90}"#),
        ("TagResource", #"{"KeyId":"KEY","Tags":[{"TagKey":"b","TagValue":"2"}]}"#),
        ("CreateAlias", #"{"AliasName":"alias/one","TargetKeyId":"KEY"}"#),
        ("UpdateKeyDescription", #"{"KeyId":"KEY","Description":"changed"}"#),
        ("DisableKeyRotation", #"{"KeyId":"KEY"}"#),
        ("UntagResource", #"{"KeyId":"KEY","TagKeys":["b"]}"#),
        ("DeleteAlias", #"{"AliasName":"alias/one"}"#),
        ("ScheduleKeyDeletion", #"{"KeyId":"KEY","PendingWindowInDays":7}"#),
        ("CancelKeyDeletion", #"{"KeyId":"KEY"}"#),
    ]

    /// Makes the calls until the connection breaks; returns how many were answered, and ciphertexts.
    private func makeCalls(
        of filled: FilledStore, to daemon: Daemon, after each: () throws -> Void = {}
    ) throws -> (answered: Int, ciphertexts: [[UInt8]]) {
        var ciphertexts: [[UInt8]] = []
        guard let connection = try? RawConnection(port: daemon.port) else { return (0, []) }
        for (index, call) in Self.calls.enumerated() {
            let body = call.body.replacingOccurrences(of: "KEY", with: "\(filled.key)")
            connection.send(try filled.client.bytes(call.action, body))
            guard let response = try? connection.answer() else { return (index, ciphertexts) }
            #expect(response.status == 200, "\(call.action): \(response.body)")
            if call.action == "GenerateDataKey" {
                ciphertexts.append(try Place.ciphertext(in: response.body))
            }
            try each()
        }
        return (Self.calls.count, ciphertexts)
    }

    @Test func `a server killed anywhere keeps what it answered, and shows nothing half done`()
        throws
    {
        let filled = try FilledStore(in: place)
        try renewStore()
        var sights: [StoreSight] = []
        func look() throws {
            sights.append(try StoreSight(of: OKMSEngine(store: place("store"))))
        }
        try look()
        do {
            let daemon = try place.serve()
            #expect(try makeCalls(of: filled, to: daemon, after: look).answered == Self.calls.count)
        }
        try renewStore()
        let whole = try place.serve([], variables: place.dying("kill", at: 0))
        _ = try makeCalls(of: filled, to: whole)
        whole.signal(SIGTERM)
        #expect(whole.ended() == 0)
        var unrecorded = 0
        for point in points("calls", try place.countedWrites(), short: 16) {
            try renewStore()
            var (answered, ciphertexts) = (0, [[UInt8]]())
            if let daemon = try? place.serve(
                [], variables: place.dying(point.action, at: point.number))
            {
                (answered, ciphertexts) = try makeCalls(of: filled, to: daemon)
                daemon.signal(SIGTERM)
                _ = daemon.ended()
            }
            let sight = try StoreSight(of: OKMSEngine(store: place("store")))
            let possible = sights[answered...min(answered + 1, Self.calls.count)]
            #expect(possible.contains(sight), "\(point), \(answered) answered: \(sight)")
            let recorded = try place.recordedActions(of: filled.client.accessKeyID)
            #expect(
                [answered, answered + 1].contains(recorded.count)
                    && recorded.elementsEqual(Self.calls.prefix(recorded.count).map(\.action)),
                "\(point), \(answered) answered: \(recorded)")
            if sight != sights[answered], recorded.count == answered { unrecorded += 1 }
            try place.expectSound(
                filled.ciphertexts + ciphertexts, client: filled.client, "\(point)")
        }
        print("done, neither answered nor recorded: \(unrecorded)")
    }

    // MARK: what the service does by itself

    @Test func `destruction and rotation cut short are finished by the next start`() throws {
        var doomed: KeyARN?
        // So long ago that a deletion and a rotation are due.
        let filled = try FilledStore(in: place, at: Date().timeIntervalSince1970 - 100 * 86_400) {
            service, key in
            try service.enableKeyRotation(.arn(key), periodDays: 90)
            let other = try service.createKey(description: "doomed").arn
            _ = try service.scheduleKeyDeletion(.arn(other), windowDays: 7)
            doomed = other
        }
        let lost = try #require(doomed)
        func run(_ variables: [String: String]) throws {
            guard let daemon = try? place.serve([], variables: variables) else { return }
            // Whatever is called, what is due is done before.
            if let connection = try? RawConnection(port: daemon.port) {
                connection.send(try filled.client.bytes("ListKeys"))
                _ = try? connection.answer()
            }
            daemon.signal(SIGTERM)
            _ = daemon.ended()
        }
        try renewStore()
        try run(place.dying("kill", at: 0))
        for point in points("the sweep", try place.countedWrites(), short: 12) {
            try renewStore()
            try run(place.dying(point.action, at: point.number))
            try place.expectSound(filled.ciphertexts, client: filled.client, "\(point)")
            let service = try OKMSEngine(store: place("store")).service()
            #expect(try service.allKeys().contains(lost) == false, "\(point)")
            let rotations = try service.listKeyRotations(
                of: .arn(filled.key), limit: nil, marker: nil
            ).elements
            #expect(rotations.map(\.cause) == [.automatic], "\(point)")
            let recorded = try place.recordedActions()
            #expect(recorded.count { $0 == "RotateKey" } <= 1, "\(point)")
            #expect(recorded.count { $0 == "DestroyKey" } <= 1, "\(point)")
        }
    }

    // MARK: administration

    @Test(arguments: [
        ["account", "create"], ["account", "set-quota", "ACCOUNT", "33"],
        ["access-key", "create", "--account", "ACCOUNT", "--actions", "Decrypt"],
        ["access-key", "deactivate", "OTHER"], ["access-key", "activate", "INACTIVE"],
        ["access-key", "delete", "OTHER"], ["audit", "verify"], ["audit", "export"],
    ])
    func `a command killed anywhere has done its work or not, and can be given again`(
        command: [String]
    ) throws {
        let filled = try FilledStore(in: place)
        let engine = try OKMSEngine(store: place(FilledStore.folder))
        let account = engine.defaultAccount
        let other = try engine.createAccessKey(for: account, actions: [.encrypt]).id
        let inactive = try engine.createAccessKey(for: account, actions: [.encrypt]).id
        try engine.setAccessKey(inactive, active: false)
        let names = ["ACCOUNT": "\(account)", "OTHER": other, "INACTIVE": inactive]
        let arguments = command.map { names[$0] ?? $0 }
        func sight() throws -> StoreSight {
            try StoreSight(of: OKMSEngine(store: place("store")))
        }
        try renewStore()
        let before = try sight()
        try renewStore()
        let whole = try place.run(
            Place.program, arguments, variables: place.dying("kill", at: 0))
        #expect(whole.status == 0, "\(whole)")
        let count = try place.countedWrites()
        let after = try sight()
        // What only reads may change nothing that could be cut short.
        guard count > 3 else { return }
        for point in points(command.prefix(2).joined(separator: " "), count, short: 5) {
            try renewStore()
            let ending = try place.run(
                Place.program, arguments, variables: place.dying(point.action, at: point.number))
            #expect([0, 137].contains(ending.status), "\(point): \(ending)")
            let now = try sight()
            #expect(now == after || (ending.status != 0 && now == before), "\(point): \(now)")
            let again = try place.run(Place.program, arguments)
            #expect(again.status == 0 || now == after, "\(point): \(again)")
            try place.expectSound(filled.ciphertexts, client: filled.client, "\(point)")
        }
    }
}

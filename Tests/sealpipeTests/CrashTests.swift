import Foundation
import TestSupport
import Testing

/// The program killed at each call that changes something, then run again: nothing is lost or made up.
///
/// Here a part of the points, at equal distances; `make torture` takes every one.
@Suite struct CrashTests {
    private let place: Workplace

    init() throws {
        place = try Workplace()
        try place.makeTree()
    }

    private func points(_ count: Int) -> [Int] {
        #expect(count > 20)
        return Torture.part("crash points", of: Array(1...count))
    }

    /// Whether the newest archive is whole and holds the tree.
    private func checkArchive(_ point: Int) throws {
        let verified = try place.sealpipe("verify", "set")
        #expect(verified.status == 0, "at \(point): \(verified)")
        let restored = try place.sealpipe("restore", "set", "check")
        #expect(restored.status == 0, "at \(point): \(restored)")
        #expect(try place.isTree("check"), "at \(point)")
        try place.shell("rm -rf check")
    }

    @Test func `a seal killed anywhere is finished by the next`() throws {
        let count = try place.countWrites("run job.yaml")
        for point in points(count) {
            try place.shell("rm -rf set okms")
            let killed = try place.sealpipe(
                "run job.yaml", meeting: "kill", on: "writes", from: point, to: point)
            #expect([0, 137].contains(killed.status), "at \(point): \(killed)")
            let next = try place.sealpipe("run", "job.yaml")
            #expect(next.status == 0, "at \(point): \(next)")
            #expect(place.names("set").allSatisfy { $0 == ".lock" || !$0.hasPrefix(".") })
            try checkArchive(point)
        }
    }

    @Test func `a run that goes on may be killed anywhere, too`() throws {
        let count = try place.countWrites("run job.yaml")
        for point in points(count / 2) {
            try place.shell("rm -rf set")
            for _ in 1...2 {
                _ = try place.sealpipe(
                    "run job.yaml", meeting: "kill", on: "writes", from: point, to: point)
            }
            let next = try place.sealpipe("run", "job.yaml")
            #expect(next.status == 0, "at \(point): \(next)")
            try checkArchive(point)
        }
    }

    @Test(arguments: [1, 2])
    func `a restore killed anywhere goes on with the same command`(times: Int) throws {
        #expect(try place.sealpipe("run", "job.yaml").status == 0)
        let count = try place.countWrites("restore set back")
        for point in points(count / times) {
            try place.shell("rm -rf back")
            for _ in 1...times {
                _ = try place.sealpipe(
                    "restore set back", meeting: "kill", on: "writes", from: point, to: point)
            }
            // Whatever has its name is whole.
            let whole = try place.isPartOfTree("back")
            #expect(whole.status == 0, "at \(point): \(whole)")
            // Without its journal it was done, and only wanted to say so.
            let isDone = try place.names("back") == ["data"] && place.isTree("back")
            let next = try place.sealpipe("restore", "set", "back")
            let isTold = isDone && next.status == 2 && next.err.contains("exists already")
            #expect(next.status == 0 || isTold, "at \(point): \(next)")
            #expect(try place.isTree("back"), "at \(point)")
            #expect(place.names("back") == ["data"], "at \(point)")
        }
    }

    @Test
    func `a rewrap killed anywhere leaves an archive that opens, and is finished by the next`()
        throws
    {
        #expect(try place.sealpipe("run", "job.yaml").status == 0)
        let key = try place.sealpipe("keys", "create", "--json")
        let created = try #require(
            try JSONSerialization.jsonObject(with: Data(key.out.utf8)) as? [String: Any])
        let id = try #require(created["key_id"] as? String ?? created["id"] as? String, "\(key)")
        try place.shell("cp -a set set0")
        let count = try place.countWrites("rewrap --key \(id) set")
        for point in points(count) {
            try place.shell("rm -rf set; cp -a set0 set")
            _ = try place.sealpipe(
                "rewrap --key \(id) set", meeting: "kill", on: "writes", from: point, to: point)
            let next = try place.sealpipe("rewrap", "--key", id, "set")
            #expect(next.status == 0, "at \(point): \(next)")
            try checkArchive(point)
        }
    }
}

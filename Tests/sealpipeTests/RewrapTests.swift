import Foundation
import Glibc
import Testing

/// Archives that move from one key to another.
@Suite struct RewrapTests {
    private let place: Workplace

    init() throws { place = try Workplace() }

    private func newKey() throws -> String {
        let ending = try place.sealpipe("keys", "create", "--json")
        return try #require(try ending.object()["id"] as? String)
    }

    /// Seals several parts; returns the archive's path.
    private func seal(_ count: Int = 700_000) throws -> String {
        try place.write("data/noise", noise(count))
        try place.write("data/text.txt", "text\n")
        let ending = try place.sealpipe(
            "seal", "--part", "128KiB", "--chunk", "64KiB", "--frame", "16KiB", "--context",
            "dataset=orders", "data", "set")
        #expect(ending.status == 0, "\(ending)")
        return ending.lastLine
    }

    private func rewrapped(_ arguments: String...) throws -> [[String: Any]] {
        let ending = try place.start(["rewrap", "--json"] + arguments).end()
        #expect(ending.status == 0, "\(ending)")
        return try #require(try ending.object()["archives"] as? [[String: Any]])
    }

    @Test func `a rewrapped archive restores without its old key`() throws {
        let archive = try seal()
        let key = try newKey()
        let reports = try rewrapped(archive, "--key", key)
        #expect(reports.map { $0["result"] as? String } == ["rewrapped"])
        #expect(try place.sealpipe("keys", "disable", "default").status == 0)
        let restored = try place.sealpipe(
            "restore", "--context", "dataset=orders", "set", "back")
        #expect(restored.status == 0, "\(restored)")
        #expect(try place.same("data", "back/data"))
        #expect(try place.sealpipe("verify", archive).status == 0)
        #expect(try place.sealpipe("verify", "--without-key", archive).status == 0)
        #expect(place.names("set").count == 2)
    }

    @Test func `a rewrapped part is a message like any other`() throws {
        let archive = try seal()
        let parts = try place.shell("ls \(archive)/part-*").lines
        let before = try parts.map { try place.shell("sealpipe decrypt <\($0) | sha256sum").out }
        let key = try newKey()
        _ = try rewrapped(archive, "--key", key, "--key", "default")
        #expect(try place.sealpipe("keys", "disable", "default").status == 0)
        #expect(parts.count > 2)
        #expect(
            try parts.map { try place.shell("sealpipe decrypt <\($0) | sha256sum").out } == before)
        let listed = try place.shell(
            "for p in \(archive)/part-*; do sealpipe decrypt <$p; done | zstd -d | tar t")
        #expect(listed.lines == ["data/", "data/noise", "data/text.txt"], "\(listed)")
    }

    @Test func `a second time nothing is done, and that is said`() throws {
        let archive = try seal()
        let key = try newKey()
        _ = try rewrapped("set", "--key", key)
        let before = try place.shell("find set -type f ! -name .lock | xargs sha256sum").out
        let again = try place.sealpipe("rewrap", "set", "--key", key)
        #expect(again.status == 0 && again.out.isEmpty, "\(again)")
        #expect(again.err.contains("\(archive) is under arn:ows:kms:"))
        #expect(again.err.contains(" already"))
        #expect(try place.shell("find set -type f ! -name .lock | xargs sha256sum").out == before)
    }

    @Test func `a dry run tells and changes nothing`() throws {
        _ = try seal()
        let key = try newKey()
        let before = try place.shell("find set -type f ! -name .lock | xargs sha256sum").out
        let ending = try place.sealpipe("rewrap", "--dry-run", "set", "--key", key)
        #expect(ending.status == 0 && ending.err.contains(" would go from "), "\(ending)")
        #expect(try place.shell("find set -type f ! -name .lock | xargs sha256sum").out == before)
    }

    @Test func `what goes wrong has its status, and the first one counts`() throws {
        let archive = try seal()
        let key = try newKey()
        #expect(try place.sealpipe("rewrap", "none", "--key", key).status == 10)
        try place.shell(
            "printf 0123456789abcdef | dd of=\(archive)/catalog.esdk bs=1 seek=700 conv=notrunc")
        let ending = try place.sealpipe("rewrap", "--json", "set", "--key", key)
        #expect(ending.status == 14, "\(ending)")
        let reports = try #require(try ending.object()["archives"] as? [[String: Any]])
        #expect(reports.map { $0["result"] as? String } == ["failed"])
        let unknown = "00000000-0000-4000-8000-000000000000"
        #expect(try place.sealpipe("rewrap", "set", "--key", unknown).status == 12)
    }

    @Test func `a run that writes to the set keeps it`() throws {
        _ = try seal()
        let key = try newKey()
        let sealing = try place.start(["seal", "-", "set"])
        try sealing.send("a beginning\n")
        #expect(sealing.wait { place.names("set").contains { $0.hasSuffix(".partial") } })
        #expect(try place.sealpipe("rewrap", "set", "--key", key).status == 11)
        #expect(try sealing.end().status == 0)
    }

    /// Wherever the kill falls, the archive has the old key or the new one, and is whole.
    @Test func `a kill at any moment leaves an archive that is whole`() throws {
        let archive = try seal(3_000_000)
        let keys = [try newKey(), try newKey()]
        var generator = SystemRandomNumberGenerator()
        var killed = 0
        for round in 0..<20 {
            let run = try place.start(["rewrap", "set", "--key", keys[round % 2]])
            usleep(UInt32.random(in: 5_000...160_000, using: &generator))
            run.signal(SIGKILL)
            if try run.ended().status == 128 + SIGKILL { killed += 1 }
            let verified = try place.sealpipe("verify", archive)
            #expect(verified.status == 0, "round \(round): \(verified)")
        }
        let last = try place.sealpipe("rewrap", "set", "--key", keys[0])
        #expect(last.status == 0, "after \(killed) kills: \(last)")
        #expect(place.archives("set").map { "set/\($0)" } == [archive])
        #expect(try place.sealpipe("restore", "set", "back").status == 0)
        #expect(try place.same("data", "back/data"))
    }

    @Test func `an interrupted run leaves the archive as it was`() throws {
        let archive = try seal(8_000_000)
        let key = try newKey()
        let run = try place.start(["rewrap", "set", "--key", key])
        _ = run.wait { place.names("set").contains { $0.hasSuffix(".rewrap") } }
        run.signal(SIGTERM)
        let ending = try run.ended()
        // It may have been faster than the signal.
        #expect([0, 143, 128 + SIGTERM].contains(ending.status), "\(ending)")
        #expect(try place.sealpipe("verify", archive).status == 0)
        #expect(place.archives("set").map { "set/\($0)" } == [archive])
    }
}

import Foundation
import Glibc
import Testing

/// Runs that meet each other, or are told to stop.
@Suite struct InterruptionTests {
    private func place() throws -> Workplace {
        let place = try Workplace()
        try place.write("data/one.txt", "one\n")
        return place
    }

    private func partials(_ place: Workplace) -> [String] {
        place.names("set").filter { $0.hasSuffix(".partial") }
    }

    /// A seal of standard input that goes on until it is stopped.
    private func startSealing(_ place: Workplace) throws -> Running {
        let run = try place.start(["seal", "-", "set"])
        try run.send("a beginning\n")
        #expect(run.wait { !partials(place).isEmpty }, "the run did not begin")
        return run
    }

    @Test func `a second run waits for no one and says who holds the lock`() throws {
        let place = try place()
        let first = try startSealing(place)
        let second = try place.sealpipe("seal", "data", "set")
        #expect(second.status == 11, "\(second)")
        #expect(second.err.contains("\(first.identifier)"), "\(second)")
        #expect(partials(place).count == 1)
        let ending = try first.end()
        #expect(ending.status == 0, "\(ending)")
        #expect(place.archives("set").count == 1)
    }

    @Test func `a lock dies with its process, and what that left is removed`() throws {
        let place = try place()
        let first = try startSealing(place)
        first.signal(SIGKILL)
        #expect(try first.ended().status == 128 + SIGKILL)
        #expect(partials(place).count == 1)
        #expect(try place.sealpipe("verify", "set").status == 10)
        let second = try place.sealpipe("seal", "data", "set")
        #expect(second.status == 0, "\(second)")
        #expect(second.err.contains("removed 1 unfinished archive"), "\(second)")
        #expect(place.archives("set").count == 1 && partials(place).isEmpty)
    }

    @Test(arguments: [(SIGINT, 130), (SIGTERM, 143), (SIGHUP, 143)] as [(Int32, Int32)])
    func `an interrupted run leaves earlier archives and nothing else`(
        number: Int32, status: Int32
    ) throws {
        let place = try place()
        let earlier = try place.sealpipe("seal", "data", "set")
        let before = try place.shell("find set -type f ! -name .lock | xargs sha256sum").out
        let run = try startSealing(place)
        run.signal(number)
        let ending = try run.ended()
        #expect(ending.status == status, "\(ending)")
        #expect(ending.out.isEmpty)
        #expect(place.archives("set").map { "set/\($0)" } == [earlier.lastLine])
        #expect(try place.shell("find set -type f ! -name .lock | xargs sha256sum").out == before)
    }

    @Test func `an interrupted run ends the program it reads from`() throws {
        let place = try place()
        try place.write(
            "job.yaml",
            """
            version: 1
            name: endless
            input: { command: [sh, -c, "echo $$ >child; while :; do echo x; sleep 0.05; done"] }
            stages: [chunk, compress, encrypt]
            output: { archive: set }
            """)
        let run = try place.start(["run", "job.yaml"])
        #expect(run.wait { place.exists("child") && !partials(place).isEmpty })
        run.signal(SIGTERM)
        let ending = try run.ended()
        #expect(ending.status == 143, "\(ending)")
        #expect(place.archives("set").isEmpty)
        let child = try #require(
            Int32(place.text("child").trimmingCharacters(in: .whitespacesAndNewlines)))
        usleep(200_000)
        #expect(kill(child, 0) != 0, "the program lives on")
    }

    @Test func `a program that fails makes no archive`() throws {
        let place = try place()
        try place.write(
            "job.yaml",
            """
            version: 1
            name: failing
            input: { command: [sh, -c, "echo half; exit 3"] }
            stages: [chunk, compress, encrypt]
            output: { archive: set }
            """)
        let ending = try place.sealpipe("run", "job.yaml")
        #expect(ending.status == 1, "\(ending)")
        #expect(place.archives("set").isEmpty)
    }

    @Test func `a program's own broken pipes still end it`() throws {
        let place = try place()
        try place.write(
            "job.yaml",
            Array(
                """
                version: 1
                name: pipes
                input: { command: [sh, -c, "yes | head -n 3"] }
                stages: [chunk, compress, encrypt]
                output: { archive: set }
                """.utf8))
        let ending = try place.sealpipe("run", "job.yaml")
        #expect(ending.status == 0, "\(ending)")
        #expect(!ending.err.contains("Broken pipe"), "\(ending)")
    }

    @Test func `a hang-up that was ignored from the start stays ignored`() throws {
        let place = try place()
        let ending = try place.shell(
            """
            trap '' HUP; (sleep 1; echo data) | '\(Workplace.program)' seal - set & p=$!
            sleep 0.5; kill -HUP $p; wait $p
            """)
        #expect(ending.status == 0, "\(ending)")
    }

    @Test func `no name steers the terminal`() throws {
        let place = try place()
        let ending = try place.sealpipe("list", "no\u{1b}[2Jwhere")
        #expect(ending.status == 10, "\(ending)")
        #expect(!ending.err.contains("\u{1b}"), "\(ending)")
    }

    @Test func `an interrupted decryption ends`() throws {
        let place = try place()
        #expect(try place.sealpipe("keys", "create").status == 0)
        let run = try place.start(["decrypt"])
        #expect(run.wait { run.handles(SIGINT) })
        run.signal(SIGINT)
        let ending = try run.ended()
        #expect(ending.status == 130, "\(ending)")
        #expect(ending.err.contains("sealpipe: error: interrupted"), "\(ending)")
    }

    @Test func `two restores do not write into one directory`() throws {
        let place = try place()
        #expect(try place.sealpipe("seal", "data", "set").status == 0)
        let ending = try place.shell(
            "mkdir back && flock back '\(Workplace.program)' restore set back")
        #expect(ending.status == 11, "\(ending)")
        #expect(place.names("back").isEmpty)
    }

    @Test func `a reader that goes away is an error and no death by signal`() throws {
        let place = try place()
        try place.write("big", noise(3_000_000))
        let ending = try place.shell(
            "sealpipe encrypt <big | head -c 10 >/dev/null; exit ${PIPESTATUS[0]}")
        #expect(ending.status == 1, "\(ending)")
    }

    /// A restore that is stopped between its first byte and its last.
    private func stopRestoring(_ place: Workplace, by number: Int32) throws -> Ending {
        try place.shell("yes abcdefgh | head -c 250M >data/large")
        #expect(try place.sealpipe("seal", "data", "set").status == 0)
        let run = try place.start(["restore", "--workers", "1", "set", "back"])
        #expect(run.wait { !place.names("back/data").isEmpty })
        run.signal(SIGSTOP)
        run.signal(number)
        run.signal(SIGCONT)
        return try run.ended()
    }

    @Test func `an interrupted restore leaves whole files only`() throws {
        let place = try place()
        let ending = try stopRestoring(place, by: SIGTERM)
        #expect(ending.status == 143, "\(ending)")
        #expect(ending.err.contains("run it again, and it goes on"), "\(ending)")
        #expect(Set(place.names("back/data")).isSubset(of: ["one.txt"]))
        #expect(try place.sealpipe("restore", "set", "back").status == 0)
        #expect(try place.same("data", "back/data"))
    }

    @Test func `a killed restore goes on without leaving anything behind`() throws {
        let place = try place()
        #expect(try stopRestoring(place, by: SIGKILL).status == 128 + SIGKILL)
        #expect(!place.exists("back/data/large"))
        let again = try place.sealpipe("restore", "set", "back")
        #expect(again.status == 0, "\(again)")
        #expect(try place.same("data", "back/data") && place.names("back") == ["data"])
    }

    @Test func `an interrupted verification ends`() throws {
        let place = try place()
        try place.write("data/noise", noise(30_000_000))
        #expect(try place.sealpipe("seal", "data", "set").status == 0)
        let run = try place.start(["verify", "set"])
        #expect(run.wait { run.handles(SIGTERM) })
        run.signal(SIGTERM)
        let ending = try run.ended()
        #expect([0, 143].contains(ending.status), "\(ending)")
        #expect((ending.status == 143) == ending.err.contains("error: terminated"), "\(ending)")
    }
}

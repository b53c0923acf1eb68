import Foundation
import Glibc
import TestSupport
import Testing

/// Runs that are killed, and the ones that go on.
@Suite struct ResumeTests {
    private let place: Workplace

    init() throws {
        place = try Workplace()
        #expect(
            try place.shell(
                """
                mkdir -p data/small; head -c 24000000 /dev/urandom >data/large
                for n in $(seq 300); do echo $n >data/small/$n; done
                mkfifo data/pipe; ln data/large data/other; truncate -s 1M data/sparse
                """
            ).status == 0)
        try place.write(
            "job.yaml",
            """
            version: 1
            name: killed
            input: { paths: [data] }
            stages:
              - chunk: { size: 64KiB }
              - compress
              - encrypt: { frame: 16KiB, part: 256KiB }
            output: { archive: set }
            """)
    }

    private var archives: [String] { place.names("set").filter { !$0.hasPrefix(".") } }

    private func journals() -> Int {
        place.names("set").filter { $0.hasSuffix(".journal") }
            .reduce(0) { $0 + place.names("set/\($1)").count { $0.hasSuffix(".esdk") } }
    }

    @Test func `a run killed again and again is finished by the next one`() throws {
        var kills = 0
        for parts in [2, 20, 40, 60] {
            let run = try place.start(["run", "job.yaml"])
            // Nobody knows where it is hit; the machine may even be faster than this loop.
            _ = run.wait { journals() > parts || !archives.isEmpty }
            run.signal(SIGKILL)
            if try run.ended().status == 128 + SIGKILL { kills += 1 }
        }
        #expect(kills > 0)
        let left = try place.sealpipe("list", "set")
        if archives.isEmpty {
            #expect(left.err.contains("is unfinished or being written"), "\(left)")
        }
        let last = try place.sealpipe("run", "job.yaml", "--json")
        #expect(last.status == 0, "\(last)")
        #expect(place.names("set").filter { $0.hasPrefix(".2") }.isEmpty)
        let verified = try place.sealpipe("verify", "set")
        #expect(verified.status == 0, "\(verified)")
        let restored = try place.sealpipe("restore", "set", "back")
        #expect(restored.status == 0, "\(restored)")
        let compared = try place.shell("rm data/pipe back/data/pipe; diff -r data back/data")
        #expect(compared.out == "" && compared.status == 0)
    }

    @Test func `a run that is told to stop says what it keeps`() throws {
        let run = try place.start(["run", "job.yaml"])
        #expect(run.wait { journals() > 2 })
        run.signal(SIGTERM)
        let ending = try run.ended()
        // It may have been done by then.
        guard ending.status != 0 else { return }
        #expect(ending.status == 143)
        #expect(ending.err.contains("the next run of the job goes on from there"), "\(ending)")
        let listed = try place.sealpipe("list", "set", "--json")
        #expect(listed.status == 10, "\(listed)")
        #expect(listed.err.contains("is unfinished or being written"), "\(listed)")
        let next = try place.sealpipe("run", "job.yaml")
        #expect(next.status == 0 && next.err.contains("went on from"), "\(next)")
        #expect(try place.sealpipe("verify", "set").status == 0)
    }

    @Test func `what could not be read is read again by the run that goes on`() throws {
        let shim = try #require(Shim.fault, "clang builds Tests/FaultShim")
        try place.write("data/bad", noise(300_000))
        let fault = "pread,pread64:\(place.path)/data/bad:3:\(Int.max):5"
        let run = try place.start(
            script:
                "SEALPIPE_FAULT='\(fault)' LD_PRELOAD='\(shim)' exec '\(Workplace.program)' run job.yaml"
        )
        #expect(run.wait { journals() > 10 })
        run.signal(SIGTERM)
        let ending = try run.ended()
        guard ending.status != 3 else { return }
        #expect(ending.status == 143 && ending.err.contains("data/bad"), "\(ending)")
        let next = try place.sealpipe("run", "job.yaml")
        #expect(next.status == 0, "\(next)")
        #expect(try place.sealpipe("restore", "set", "back", "data/bad").status == 0)
        #expect(try place.shell("cmp data/bad back/data/bad").status == 0)
    }

    @Test func `a run may begin anew`() throws {
        let run = try place.start(["run", "job.yaml"])
        #expect(run.wait { journals() > 2 })
        run.signal(SIGKILL)
        guard try run.ended().status != 0 else { return }
        let next = try place.sealpipe("run", "--no-resume", "job.yaml")
        #expect(next.status == 0 && next.err.contains("removed 1 unfinished archive"), "\(next)")
    }
}

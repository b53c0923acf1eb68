import Foundation
import TestSupport
import Testing

/// A key service that dies between two steps of a run: whatever has a name opens, the next run goes on.
@Suite struct LostServiceTests {
    private let place: Workplace

    init() throws {
        place = try Workplace()
        try place.write("data/noise", noise(600_000))
        try place.write("data/small", "small\n")
    }

    private func server(
        _ service: StubKeyService, dyingAfter calls: Int = .max
    ) throws -> LoopbackServer {
        try LoopbackServer { request, number in
            let (status, body) = service.answer(request)
            return number + 1 < calls ? .answer(status, body) : .farewell(status, body)
        }
    }

    private func sealpipe(_ arguments: String, at server: LoopbackServer) throws -> Ending {
        try place.shell("\(Workplace.variables(for: server.url)) sealpipe \(arguments)")
    }

    private func expectUnreachable(_ ending: Ending, _ server: LoopbackServer) {
        #expect(ending.status == 13, "\(ending)")
        #expect(ending.err.contains("127.0.0.1:\(server.port)"), "\(ending)")
        #expect(ending.err.contains("sealpipe: hint: "), "\(ending)")
    }

    // MARK: before there is an archive

    @Test func `an archive under two keys is not begun where the second cannot wrap`() throws {
        let service = StubKeyService()
        let keys = "--key \(StubKeyService.arn) --key \(StubKeyService.arn(2))"
        let dying = try server(service, dyingAfter: 1)
        defer { dying.stop() }
        expectUnreachable(try sealpipe("seal \(keys) data set", at: dying), dying)
        #expect(dying.requests.count == 1 && !place.exists("set"))
        let well = try server(service)
        defer { well.stop() }
        #expect(try sealpipe("seal \(keys) data set", at: well).status == 0)
        #expect(try sealpipe("restore set back", at: well).status == 0)
        #expect(try place.same("data", "back/data"))
    }

    enum Proof: CaseIterable { case lost, otherKey, neverOpens }

    /// Without `restore_profile` nobody can know: whoever may only seal may not ask.
    @Test(arguments: Proof.allCases)
    func
        `a key that does not open again is found before anything is sealed, where somebody may ask`(
            proof: Proof
        ) throws
    {
        let service = StubKeyService()
        let server = try LoopbackServer { request, number in
            let (status, body) = service.answer(request)
            switch proof {
            case .lost: return number == 0 ? .farewell(status, body) : .close
            case .otherKey:
                guard number == 0 else { return .answer(status, body) }
                return .answer(
                    status,
                    body.replacing(/"Plaintext":"[^"]*"/) { _ in
                        #""Plaintext":"\#(StubKeyService.random(32))""#
                    })
            case .neverOpens:
                guard number == 0 else { return .answer(status, body) }
                return .answer(
                    status,
                    body.replacing(/"CiphertextBlob":"[^"]*"/) { _ in
                        #""CiphertextBlob":"\#(StubKeyService.random(64))""#
                    })
            }
        }
        defer { server.stop() }
        try place.write(
            "home/.aws/credentials",
            "[restorer]\naws_access_key_id = AKIDRESTORER\naws_secret_access_key = none\n")
        try place.shell("chmod 600 home/.aws/credentials")
        try place.write(
            "job.yaml",
            """
            version: 1
            name: proved
            key:
              service: "\(server.url)"
              region: \(StubKeyService.region)
              id: "\(StubKeyService.arn)"
              restore_profile: restorer
            input: { paths: [data] }
            stages: [chunk, compress, encrypt]
            output: { archive: set }
            """)
        let ending = try sealpipe("run job.yaml", at: server)
        #expect(ending.status == (proof == .lost ? 13 : 12), "\(ending)")
        #expect(ending.err.contains("cannot open what would be sealed"), "\(ending)")
        #expect(!place.exists("set"))
    }

    // MARK: between two archives

    @Test func `a rewrap that loses the service after any call leaves archives that open`() throws {
        let service = StubKeyService()
        let well = try server(service)
        defer { well.stop() }
        for _ in 1...3 {
            let sealed = try sealpipe("seal --key \(StubKeyService.arn) data set", at: well)
            #expect(sealed.status == 0, "\(sealed)")
        }
        try place.shell("cp -a set sealed")
        let rewrap = "rewrap --key \(StubKeyService.arn(2)) set"
        let before = well.requests.count
        #expect(try sealpipe(rewrap, at: well).status == 0)
        let calls = well.requests.count - before
        #expect(calls == 9)
        for point in Torture.part("lost calls", of: Array(1..<calls), short: 3) {
            try place.shell("rm -r set; cp -a sealed set")
            let dying = try server(service, dyingAfter: point)
            defer { dying.stop() }
            expectUnreachable(try sealpipe(rewrap, at: dying), dying)
            func check(_ what: String) throws {
                for archive in place.archives("set") {
                    let ending = try sealpipe("restore set/\(archive) back", at: well)
                    #expect(ending.status == 0, "\(what) call \(point): \(ending)")
                    #expect(try place.same("data", "back/data"), "\(what) call \(point)")
                    try place.shell("rm -r back")
                }
                #expect(place.archives("set").count == 3, "\(what) call \(point)")
            }
            try check("after")
            #expect(try sealpipe(rewrap, at: well).status == 0)
            try check("again after")
            let old = try place.shell("grep -l 56ab-123456789001 set/*/manifest.json")
            #expect(old.lines.isEmpty, "call \(point): \(old)")
        }
    }

    // MARK: okmsd

    @Test func `a seal goes on past the death of okmsd, also where it dies itself`() throws {
        let okmsd = try OkmsdProcess(in: place)
        try place.write(
            "job.yaml",
            """
            version: 1
            name: lost
            key: { service: "\(okmsd.url)", region: eu-west-2 }
            input: { paths: [data] }
            stages:
              - chunk: { size: 64KiB }
              - compress
              - encrypt: { frame: 4KiB, part: 64KiB }
            output: { archive: set }
            """)
        let run = "\(okmsd.credentials) sealpipe run job.yaml"
        let first = try place.shell(run)
        #expect(first.status == 0, "\(first)")
        let digests = "find \(first.lastLine) -type f | sort | xargs sha256sum"
        let before = try place.shell(digests).out
        // The program dies behind its second part, and the service with it.
        let killed = try place.sealpipe(
            "run job.yaml", meeting: "kill", on: "rename,renameat,renameat2", in: "set/.2",
            from: 5, settings: okmsd.credentials)
        #expect(killed.status == 137, "\(killed)")
        let left = place.names("set").filter { $0.hasPrefix(".2") }
        #expect(!left.isEmpty)
        okmsd.kill()
        let lost = try place.shell(run)
        #expect(lost.status == 13, "\(lost)")
        #expect(lost.err.contains(okmsd.url) && lost.err.contains("hint: "), "\(lost)")
        #expect(place.names("set").filter { $0.hasPrefix(".2") } == left)
        #expect(try place.shell(digests).out == before)
        try okmsd.start()
        let next = try place.shell(run)
        #expect(next.status == 0 && next.err.contains("went on from"), "\(next)")
        let restored = try place.shell(
            "\(okmsd.credentials) sealpipe restore set back --service "
                + "\(okmsd.url) --region eu-west-2")
        #expect(restored.status == 0, "\(restored)")
        #expect(try place.same("data", "back/data"))
        #expect(try place.shell(digests).out == before)
    }

    @Test func `a service that dies while data is sealed is not missed`() throws {
        let okmsd = try OkmsdProcess(in: place)
        try place.write(
            "job.yaml",
            """
            version: 1
            name: lost
            key: { service: "\(okmsd.url)", region: eu-west-2 }
            input: { stdin: { name: bytes } }
            stages:
              - chunk: { size: 64KiB }
              - compress
              - encrypt: { frame: 4KiB, part: 64KiB }
            output: { archive: set }
            """)
        try place.shell("mkfifo pipe")
        let run = try place.start(
            script: """
                export \(okmsd.credentials)
                exec '\(Workplace.program)' run job.yaml <pipe
                """)
        // The run waits for its first byte; the data key has been made by then, or will be at once.
        let feed = try place.start(script: "(cat data/noise; read -r; cat data/noise) >pipe")
        #expect(run.wait { !place.names("set").filter { $0.hasPrefix(".2") }.isEmpty })
        okmsd.kill()
        try feed.send("go on\n")
        #expect(try feed.end().status == 0)
        let ending = try run.ended()
        #expect(ending.status == 0, "\(ending)")
        try okmsd.start()
        let restored = try place.shell(
            "\(okmsd.credentials) sealpipe restore set back --service \(okmsd.url) "
                + "--region eu-west-2 && cat data/noise data/noise | cmp - back/bytes")
        #expect(restored.status == 0, "\(restored)")
    }
}

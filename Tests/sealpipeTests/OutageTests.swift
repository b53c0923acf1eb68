import Foundation
import TestSupport
import Testing

/// A key service that is away, slow, overrun, broken or wrong: a run waits, goes on, or ends with 13 and
/// says so; no archive gets its name unless it opens, and those there are stay as they were.
///
/// Here two commands for each trouble, at equal distances; `make torture` takes every one, and
/// the service that never answers.
@Suite struct OutageTests {
    enum Command: String, CaseIterable {
        case seal = "seal --key KEY --part 64KiB --chunk 64KiB --frame 4KiB data set"
        case restore = "restore old back"
        case verify = "verify old"
        case rewrap = "rewrap --key OTHER old"
        case profile = "profile --set key.service=URL --set key.region=REGION job.yaml"

        /// Calls of the service that it makes.
        var calls: Int { self == .rewrap ? 3 : 1 }
    }

    enum Trouble: CaseIterable {
        case refused, refusedAtFirst, throttled, throttledAtFirst, toldToWait
        case failing, failingAtFirst, slow, silent
        case cutBefore, cutBeforeAtFirst, cutWithin, cutWithinAtFirst, cutAfter
        case garbage, halfAnswer, emptyAnswer, otherKey, shortKey, noKey
        case goneAfterFirst

        /// Whether the command does its work in the end.
        func endsWell(_ command: Command) -> Bool {
            switch self {
            case .refusedAtFirst, .throttledAtFirst, .toldToWait, .failingAtFirst, .slow,
                .cutBeforeAtFirst, .cutWithinAtFirst, .cutAfter:
                true
            case .goneAfterFirst: command.calls == 1
            default: false
            }
        }

        func reply(
            _ request: LoopbackServer.Request, _ number: Int, from service: StubKeyService
        ) -> LoopbackServer.Reply {
            let (status, body) = service.answer(request)
            let whole = LoopbackServer.Reply.answer(status, body)
            func error(_ status: Int, _ type: String, _ headers: [String] = [])
                -> LoopbackServer.Reply
            {
                .answer(status, #"{"__type":"\#(type)","message":"told"}"#, headers: headers)
            }
            switch self {
            case .refused, .refusedAtFirst: return whole
            case .throttled: return error(400, "ThrottlingException")
            case .throttledAtFirst: return number < 2 ? error(400, "ThrottlingException") : whole
            case .toldToWait:
                return number < 1
                    ? error(429, "ThrottlingException", ["Retry-After: 1"]) : whole
            case .failing: return error(500, "KMSInternalException")
            case .failingAtFirst: return number < 2 ? .answer(503, "<html>") : whole
            case .slow: return .slowAnswer(status, body, seconds: 2)
            case .silent: return .silence
            case .cutBefore: return .close
            case .cutBeforeAtFirst: return number < 2 ? .close : whole
            case .cutWithin: return .cut
            case .cutWithinAtFirst: return number < 2 ? .cut : whole
            case .cutAfter: return .lastAnswer(status, body)
            case .goneAfterFirst: return .farewell(status, body)
            case .garbage: return .answer(200, "<html>welcome to the captive portal</html>")
            case .halfAnswer: return .answer(200, String(body.prefix(body.utf8.count / 2)))
            case .emptyAnswer: return .answer(200, "")
            case .otherKey:
                return .answer(
                    status, body.replacing("567890", with: "567899", maxReplacements: 1))
            case .shortKey:
                return .answer(
                    status,
                    body.replacing(/"Plaintext":"[^"]*"/) { _ in
                        #""Plaintext":"\#(StubKeyService.random(31))""#
                    })
            case .noKey: return .answer(status, #"{"KeyId":"\#(StubKeyService.arn)"}"#)
            }
        }
    }

    private let place: Workplace
    private let service = StubKeyService()

    init() throws {
        place = try Workplace()
        try place.write("template/data/noise", noise(200_000))
        try place.write("template/data/small", "small\n")
        try place.write(
            "template/job.yaml",
            """
            version: 1
            name: outage
            key: { id: "\(StubKeyService.arn)" }
            input: { paths: [data] }
            stages: [chunk, compress, encrypt]
            output: { archive: set }
            """)
        let server = try LoopbackServer { [service] request, _ in
            let (status, body) = service.answer(request)
            return .answer(status, body)
        }
        defer { server.stop() }
        let sealed = try place.shell(
            "cd template && \(Workplace.variables(for: server.url)) "
                + "sealpipe seal --key \(StubKeyService.arn) data old")
        #expect(sealed.status == 0, "\(sealed)")
    }

    private func script(_ command: Command, at url: String, in folder: String) -> String {
        let arguments = command.rawValue
            .replacingOccurrences(of: "KEY", with: StubKeyService.arn)
            .replacingOccurrences(of: "OTHER", with: StubKeyService.arn(2))
            .replacingOccurrences(of: "URL", with: url)
            .replacingOccurrences(of: "REGION", with: StubKeyService.region)
        return "cd \(folder) && \(Workplace.variables(for: url)) sealpipe \(arguments)"
    }

    /// Meets a command with a trouble, then lets it have its way. Returns what was wrong.
    private func complaints(about trouble: Trouble, _ command: Command) throws -> [String] {
        let folder = "\(trouble)-\(command)"
        try place.shell("cp -a template \(folder)")
        let server = try LoopbackServer(open: ![.refused, .refusedAtFirst].contains(trouble)) {
            [service] request, number in trouble.reply(request, number, from: service)
        }
        defer { server.stop() }
        if trouble == .refusedAtFirst {
            Thread.detachNewThread {
                Thread.sleep(forTimeInterval: 1)
                server.listen()
            }
        }
        let digests = "find \(folder)/old -type f -not -name .lock | sort | xargs sha256sum"
        let before = try place.shell(digests).out
        let ending = try place.shell(script(command, at: server.url, in: folder))
        var wrong: [String] = []
        func expect(_ isSo: Bool, _ what: String) {
            if !isSo { wrong.append("\(trouble), \(command): \(what): \(ending)") }
        }
        let endsWell = trouble.endsWell(command)
        expect(ending.status == (endsWell ? 0 : 13), "status")
        let errors = ending.err.split(separator: "\n").filter { $0.contains("sealpipe: error: ") }
        expect(errors.count == (endsWell ? 0 : 1), "one line of error")
        // A key of the wrong length is noticed where only the key is known.
        let names =
            ["http://127.0.0.1:\(server.port)"] + (trouble == .shortKey ? [StubKeyService.arn] : [])
        expect(
            errors.allSatisfy { line in names.contains { line.contains($0) } },
            "the service is named")
        expect(endsWell || ending.err.contains("sealpipe: hint: "), "what to do")
        for secret in service.plaintexts {
            expect(!ending.err.contains(secret) && !ending.out.contains(secret), "a secret")
        }
        if !(endsWell && command == .rewrap) {
            expect(try place.shell(digests).out == before, "the earlier archive is as it was")
        }
        if !endsWell {
            expect(!place.exists("\(folder)/set") && !place.exists("\(folder)/back"), "a trace")
        }
        wrong += try afterwards(trouble, command, in: folder, endedWell: endsWell)
        return wrong
    }

    /// With the service well again: the command does its work, and whatever has a name opens.
    private func afterwards(
        _ trouble: Trouble, _ command: Command, in folder: String, endedWell: Bool
    ) throws -> [String] {
        let server = try LoopbackServer { [service] request, _ in
            let (status, body) = service.answer(request)
            return .answer(status, body)
        }
        defer { server.stop() }
        let again = endedWell ? nil : try place.shell(script(command, at: server.url, in: folder))
        let checked = try place.shell(
            """
            set -e; cd \(folder); export \(Workplace.variables(for: server.url))
            for set in old set; do
              test -d $set || continue
              sealpipe restore -q $set restored; diff -r data restored/data; rm -r restored
              test -z "$(ls -A $set | grep '^\\.[^l]')"
            done
            """)
        var wrong: [String] = []
        if let again, again.status != 0 {
            wrong.append("\(trouble), \(command), again: \(again)")
        }
        if checked.status != 0 { wrong.append("\(trouble), \(command), afterwards: \(checked)") }
        if command == .seal, !place.exists("\(folder)/set") {
            wrong.append("\(trouble): no archive")
        }
        return wrong
    }

    @Test func `whatever the service does, a run waits, goes on or says that it could not`()
        throws
    {
        var all: [(trouble: Trouble, command: Command)] = []
        for (number, trouble) in Trouble.allCases.enumerated()
        where Torture.isOn || trouble != .silent {
            // Each trouble meets two commands, each command as many troubles as any other.
            let commands = Command.allCases
            let count = Torture.isOn ? commands.count : 2
            all += (0..<count).map { (trouble, commands[(number * count + $0) % commands.count]) }
        }
        print("outages: \(all.count) of \(Trouble.allCases.count * Command.allCases.count)")
        // Most of them wait for most of their time.
        let queue = OperationQueue()
        queue.maxConcurrentOperationCount = 16
        let found = Findings()
        for (trouble, command) in all {
            queue.addOperation {
                found.add(
                    Result { try complaints(about: trouble, command) }.flatMapError {
                        .success(["\(trouble), \(command): \($0)"])
                    })
            }
        }
        queue.waitUntilAllOperationsAreFinished()
        for complaint in found.all { Issue.record("\(complaint)") }
    }
}

/// What several threads found.
private final class Findings: @unchecked Sendable {
    // Sendable: touched only with the lock held.
    private let lock = NSLock()
    private var complaints: [String] = []

    func add(_ result: Result<[String], any Error>) {
        lock.withLock { complaints += (try? result.get()) ?? [] }
    }

    var all: [String] { lock.withLock { complaints } }
}

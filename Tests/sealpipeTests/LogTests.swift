import Foundation
import Testing

/// What stands on standard error.
@Suite struct LogTests {
    private func place() throws -> Workplace {
        let place = try Workplace()
        try place.write("data/one.txt", "one\n")
        return place
    }

    private func events(_ ending: Ending) throws -> [[String: Any]] {
        try ending.err.split(separator: "\n").map { line in
            let value = try JSONSerialization.jsonObject(with: Data(line.utf8))
            return try #require(value as? [String: Any], "\(line)")
        }
    }

    @Test(arguments: [
        (["seal", "data", "set"], 0), (["seal", "nowhere", "set"], 10),
        (["verify", "nowhere"], 10),
        (["check", "bad.yaml"], 78), (["seal", "data", "data/set"], 2),
        (["seal", "--levle", "3", "data", "set"], 2), (["seal"], 2),
    ])
    func `in JSON every line is an event and the last one is the exit`(
        arguments: [String], status: Int
    ) throws {
        let place = try place()
        try place.write("bad.yaml", "version: 1\nnom: x\n")
        let ending = try place.start(arguments + ["--log-format", "json"]).end()
        #expect(Int(ending.status) == status, "\(ending)")
        let events = try events(ending)
        for event in events {
            #expect(event["event"] is String && event["time"] is String, "\(event)")
        }
        #expect(events.last?["event"] as? String == "exit")
        #expect(events.last?["code"] as? Int == status)
        #expect(events.contains { $0["event"] as? String == "error" } == (status != 0))
    }

    @Test(arguments: [
        ["--no-compress", "--level", "3", "data", "set"], ["--stdin-name", "x", "data", "set"],
        ["--exclude", "*.tmp", "-", "set"], ["--one-file-system", "-", "set"],
    ])
    func `options that cannot mean anything together are refused`(options: [String]) throws {
        let place = try place()
        let ending = try place.start(["seal"] + options).end()
        #expect(ending.status == 2, "\(ending)")
        #expect(!place.exists("set"))
    }

    @Test func `nothing is written into files where standard streams are closed`() throws {
        let place = try place()
        let ending = try place.shell(
            """
            sealpipe seal data set >/dev/null 2>&1 || exit 70
            sealpipe seal data set 0<&- 1>&- 2>&-; echo "status $?"
            sealpipe verify set
            """)
        // The archive is made, and that its path could not be told is a failure.
        #expect(ending.lines.first == "status 1", "\(ending)")
        #expect(ending.status == 0, "\(ending)")
    }

    @Test func `a closed standard input is no empty one`() throws {
        let ending = try place().shell("sealpipe encrypt <&- >sealed")
        #expect(ending.status != 0, "\(ending)")
    }

    /// Whoever cannot store any more must not stumble over those who still submit.
    @Test func `a reader that goes away ends a run, and nothing worse`() throws {
        let ending = try place().shell(
            """
            head -c 40000000 /dev/urandom >noise
            for i in $(seq 25); do
              sealpipe encrypt <noise 2>/dev/null | head -c $((i * 100000)) >/dev/null
              echo ${PIPESTATUS[0]}
            done
            """)
        #expect(ending.lines.count == 25)
        #expect(ending.lines.allSatisfy { $0 == "1" }, "\(ending)")
    }

    @Test func `an error is one line, and a hint another`() throws {
        let ending = try place().sealpipe("seal", "nowhere", "set")
        let lines = ending.err.split(separator: "\n")
        #expect(lines.count == 2, "\(ending)")
        #expect(lines.first?.hasPrefix("sealpipe: error: ") == true)
        #expect(lines.last?.hasPrefix("sealpipe: hint: ") == true)
    }

    @Test(arguments: [
        ["seel", "--log-format", "json"], ["seel", "--log-format=json"],
        ["seal", "--log-format", "json", "--nothing"], ["--log-format", "json", "seal"],
        ["keys", "encrypt", "--context", "nopair", "--log-format", "json"],
    ])
    func `whatever is wrong with the arguments is told in JSON where that is asked for`(
        arguments: [String]
    ) throws {
        let place = try place()
        let ending = try place.start(arguments).end()
        #expect(ending.status == 2, "\(ending)")
        let events = try ending.err.split(separator: "\n").map { line in
            try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
        }
        #expect(events.map { $0?["event"] as? String } == ["error", "exit"], "\(ending)")
    }

    @Test func `what stands behind -- asks for no format`() throws {
        let ending = try place().sealpipe("seal", "--", "--log-format", "json", "set")
        #expect(ending.err.hasPrefix("sealpipe: error: "), "\(ending)")
        let mistyped = try place().sealpipe("seel", "--", "--log-format=json")
        #expect(mistyped.err.hasPrefix("sealpipe: error: "), "\(mistyped)")
    }

    @Test func `off a terminal nothing is drawn`() throws {
        let place = try place()
        for arguments in [
            ["seal", "data", "set"], ["verify", "set"], ["restore", "set", "back"],
        ] {
            let ending = try place.start(arguments).end()
            #expect(ending.status == 0, "\(ending)")
            #expect(!ending.err.contains("\u{1b}") && !ending.err.contains("\r"), "\(ending)")
            #expect(!ending.out.contains("\u{1b}") && !ending.out.contains("\r"), "\(ending)")
        }
    }

    @Test func `quiet means that success says nothing`() throws {
        let place = try place()
        // A key store that is made is told of in any case.
        #expect(try place.sealpipe("keys", "create").status == 0)
        let ending = try place.sealpipe("seal", "--quiet", "data", "set")
        #expect(ending.status == 0 && ending.err.isEmpty, "\(ending)")
        #expect(ending.lines.count == 1)
    }

    @Test func `a full standard output is an error`() throws {
        let place = try place()
        let ending = try place.shell("sealpipe encrypt <data/one.txt >/dev/full")
        #expect(ending.status == 16, "\(ending)")
    }
}

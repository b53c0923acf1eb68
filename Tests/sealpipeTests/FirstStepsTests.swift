import Foundation
import Testing

/// What the program says about itself.
@Suite struct FirstStepsTests {
    @Test func `the version is told and is no failure`() throws {
        let ending = try Workplace().sealpipe("--version")
        #expect(ending.status == 0, "\(ending)")
        #expect(ending.out.contains(#/^sealpipe \d+\.\d+\.\d+\n$/#))
        #expect(ending.err.isEmpty)
    }

    @Test func `help lists the exit statuses on standard output`() throws {
        let ending = try Workplace().sealpipe("--help")
        #expect(ending.status == 0, "\(ending)")
        let text = ending.out.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        for line in [
            "0 done", "2 usage", "3 partial", "10 source", "11 locked", "12 key", "13 KMS",
            "14 integrity", "16 out of", "78 job file", "130/143 interrupted",
        ] { #expect(text.contains(line), "\(line)") }
    }

    @Test(arguments: [
        "run", "seal", "restore", "list", "verify", "check", "plan", "schema", "encrypt",
        "decrypt", "keys", "rewrap", "inventory", "profile",
    ])
    func `every command has help`(command: String) throws {
        let ending = try Workplace().sealpipe(command, "--help")
        #expect(
            ending.status == 0 && ending.out.contains("USAGE: sealpipe \(command)"), "\(ending)")
    }

    @Test(arguments: [
        ["seal"], ["seal", "only-one"], ["polish"], ["run"], ["list", "set", "--no-such-flag"],
        ["seal", "a", "b", "--level", "nine"], ["seal", "a", "b", "--level", "99"],
        ["seal", "a", "b", "--chunk", "4"], ["seal", "a", "b", "--part", "1KiB"],
        ["seal", "a", "b", "--workers", "0"], ["seal", "a", "b", "--context", "novalue"],
        ["restore", "a", "b", "--overwrite", "maybe"], ["seal", "a", "./a", "b"],
        ["seal", "a", "-", "b"], ["rewrap", "a"], ["rewrap", "--key", "default"], ["inventory"],
        ["rewrap", "a", "--key", "default", "--service", "ftp://b"],
        ["keys", "list", "--service", "http://elsewhere.example.com", "--region", "a"],
        ["keys", "list", "--service", "https://kms.example.com"],
        ["keys", "list", "--region", "a"], ["keys", "create", "--tag", "novalue"],
        ["keys", "schedule-deletion", "default", "--days", "6"],
        ["keys", "schedule-deletion", "default", "--days", "31"],
        ["keys", "enable-rotation", "default", "--days", "89"], ["keys", "generate-data-key"],
        ["keys", "generate-data-key", "--without-plaintext", "--plaintext-output", "b"],
        ["keys", "generate-data-key", "--without-plaintext", "--bytes", "1025"],
        ["keys", "generate-random", "--bytes", "0"],
        ["keys", "generate-random", "--bytes", "8", "--json"], ["keys", "decrypt", "--json"],
        ["keys", "create-alias", "no spaces", "default"], ["keys", "polish"],
    ])
    func `a wrong command line is a usage error and makes nothing`(arguments: [String]) throws {
        let place = try Workplace()
        try place.write("a", "a")
        let ending = try place.start(arguments).end()
        #expect(ending.status == 2, "\(ending)")
        #expect(ending.err.hasPrefix("sealpipe: error: "), "\(ending.err)")
        #expect(ending.out.isEmpty)
        #expect(!place.exists("b") && !place.exists("okms"))
    }

    @Test(arguments: ["bash", "zsh", "fish"])
    func `completions are printed for every shell`(shell: String) throws {
        let ending = try Workplace().sealpipe("--generate-completion-script", shell)
        #expect(ending.status == 0 && ending.out.contains("verify"), "\(ending)")
    }

    @Test func `the completions of bash are a script`() throws {
        let place = try Workplace()
        let ending = try place.shell("sealpipe --generate-completion-script bash | bash -n")
        #expect(ending.status == 0 && ending.err.isEmpty, "\(ending)")
    }

    @Test func `the schema is a JSON Schema`() throws {
        let ending = try Workplace().sealpipe("schema")
        #expect(ending.status == 0)
        let schema = try ending.object()
        #expect((schema["$schema"] as? String)?.contains("draft-07") == true)
        let properties = try #require(schema["properties"] as? [String: Any])
        #expect(
            Set(["version", "name", "key", "input", "stages", "output"]).isSubset(
                of: properties.keys))
    }

    static let hasMan = FileManager.default.isExecutableFile(atPath: "/usr/bin/man")

    @Test(.enabled(if: hasMan, "needs man"))
    func `the manual page is well-formed and names every command and status`() throws {
        let ending = try Workplace().shell(
            "MANWIDTH=80 man --warnings -l '\(Workplace.package)/docs/man/sealpipe.1' | col -b")
        #expect(ending.status == 0 && ending.err.isEmpty, "\(ending)")
        let text = ending.out
        for command in [
            "run", "seal", "restore", "list", "verify", "check", "plan", "schema", "encrypt",
            "decrypt", "keys", "profile",
        ] { #expect(text.contains("sealpipe \(command)") || command == "decrypt", "\(command)") }
        for status in [0, 1, 2, 3, 10, 11, 12, 13, 14, 16, 78, 130] {
            #expect(text.contains("\n       \(status)"), "\(status)")
        }
    }

    @Test(.enabled(if: hasMan, "needs man"))
    func `every flag of the help is in the manual page`() throws {
        let place = try Workplace()
        let page = try place.shell(
            "MANWIDTH=80 man -l '\(Workplace.package)/docs/man/sealpipe.1' | col -b"
        ).out
        for command in [
            "run", "seal", "restore", "list", "verify", "check", "plan", "encrypt", "profile",
        ] {
            let help = try place.sealpipe(command, "--help").out
            let flags = help.matches(of: #/--[a-z][a-z-]+/#).map { String($0.output) }
            #expect(flags.count > 3)
            for flag in Set(flags) where !["--long", "--null"].contains(flag) {
                #expect(page.contains(flag), "\(command) \(flag)")
            }
        }
    }
}

import Foundation
import OKMS
import Testing

@Suite struct CommandTests {
    @Test func `help and version are on standard output`() throws {
        let place = try Place()
        let help = try place.okmsd("--help")
        #expect(help.status == 0)
        for command in ["serve", "account", "access-key", "audit"] {
            #expect(help.out.contains(command))
        }
        #expect(try place.okmsd("--version").out == "okmsd 0.1.0\n")
    }

    @Test func `serve listens on loopback by default, and its times are told as they are written`()
        throws
    {
        let help = try Place().okmsd("serve", "--help")
        #expect(help.out.contains("(default: 127.0.0.1:8200)"), "\(help)")
        let text = help.out.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        for (option, time) in [
            ("request-timeout", "10s"), ("idle-timeout", "75s"), ("stop-timeout", "20s"),
            ("clock-skew", "300s"),
        ] {
            let described = try #require(text.split(separator: "--\(option) ").last)
            #expect(described.firstMatch(of: /\(default: (\w+)\)/)?.1 == Substring(time))
        }
        #expect(!help.out.contains("TimeSpan"))
    }

    @Test(arguments: [
        [], ["nothing"], ["serve", "--listen", "localhost:1"],
        ["serve", "--listen", "127.0.0.1:0", "--tls-key", "k"],
        ["serve", "--listen", "127.0.0.1:0", "--rate-limit", "all=3"],
        ["serve", "--listen", "0.0.0.0:0"], ["account", "set-quota", "1", "2"],
        ["access-key", "create", "--actions", "Decrypt,Fly"],
        ["access-key", "create", "--expires", "90"],
    ])
    func `wrong use is status 2, and nothing on standard output`(arguments: [String]) throws {
        let place = try Place()
        let ending = try place.run(Place.program, arguments)
        #expect(ending.status == (arguments.isEmpty ? 0 : 2), "\(ending)")
        if !arguments.isEmpty {
            #expect(ending.out.isEmpty)
            #expect(ending.err.hasPrefix("okmsd: error: "))
        }
    }

    @Test(
        arguments: [
            (["serve", "--listen", "localhost:1"], "127.0.0.1:8200"),
            (["serve", "--listen", "127.0.0.1:65536"], "up to 65535"),
            (["serve", "--metrics-listen", "9000"], "127.0.0.1:8200"),
            (["serve", "--rate-limit", "all=3"], "reading=500"),
            (["serve", "--stop-timeout", "1w"], "90d"),
            (["access-key", "create", "--actions", "Fly"], "GenerateDataKey,DescribeKey"),
            (["access-key", "create", "--actions", "Decrypt, Encrypt"], "separated by commas"),
            (["access-key", "create", "--expires", "90"], "90d"),
            (["access-key", "list", "--account", "12"], "twelve digits"),
            (["account", "set-quota", "12", "1"], "twelve digits"),
            (["audit", "export", "--from", "yesterday"], "2026-01-02T03:04:05Z"),
        ] as [([String], String)])
    func `a wrong value is refused with what it may be, and an example`(
        arguments: [String], example: String
    ) throws {
        let place = try Place()
        let ending = try place.run(Place.program, arguments)
        #expect(ending.status == 2)
        #expect(ending.err.contains("' is invalid for '"), "\(ending.err)")
        #expect(ending.err.contains(example), "\(ending.err)")
        #expect(!FileManager.default.fileExists(atPath: place("store")))
    }

    @Test func `all actions are listed where an access key is made`() throws {
        let place = try Place()
        let help = try place.okmsd("access-key", "create", "--help").out
        for action in KeyAction.allCases { #expect(help.contains(action.rawValue)) }
    }

    @Test func `a store that may not be opened is status 12, and not a missing one`() throws {
        let place = try Place()
        // A loop of links, because root may look everywhere.
        try FileManager.default.createSymbolicLink(
            atPath: place("store"), withDestinationPath: place("store"))
        for command in [
            ["account", "list"], ["access-key", "create"], ["audit", "verify"],
            ["audit", "export"], ["serve"],
        ] {
            let ending = try place.run(Place.program, command)
            #expect(ending.status == 12, "\(command): \(ending)")
            #expect(ending.err.contains("cannot open the OKMS store at \(place("store"))"))
        }
    }

    @Test func `a database that is not one's own is status 12`() throws {
        let place = try Place()
        #expect(try place.okmsd("account", "create").status == 0)
        try #require(unsafe chmod(place.path, 0o755) == 0 && chmod(place("store"), 0o755) == 0)
        guard geteuid() == 0 else { return }
        let nobody = ["--reuid", "65534", "--clear-groups", Place.program]
        let ending = try place.run("/usr/bin/setpriv", nobody + ["account", "list"])
        // Where nobody may not even run the program, there is nothing to see.
        guard ending.status != 126, ending.status != 127 else { return }
        #expect(ending.status == 12, "\(ending)")
        #expect(ending.err.contains("the user who runs this may read and write there"))
    }

    @Test func `a certificate or key that cannot be read is named, and what to do`() throws {
        let place = try Place()
        for (certificate, status) in [("no.pem", Int32(10)), ("loop.pem", 10), ("bad.pem", 12)] {
            try? FileManager.default.createSymbolicLink(
                atPath: place("loop.pem"), withDestinationPath: place("loop.pem"))
            try Data("nothing".utf8).write(to: URL(fileURLWithPath: place("bad.pem")))
            let ending = try place.okmsd(
                "serve", "--tls-certificate", place(certificate), "--tls-key", place("no.key"))
            #expect(ending.status == status, "\(ending)")
            #expect(ending.err.contains("'\(place(certificate))'"))
            #expect(ending.err.contains("hint: check "), "\(ending.err)")
        }
    }

    @Test func `nothing is written into files where standard streams are closed`() throws {
        let place = try Place()
        try place.okmsd("account", "create")
        let ending = try place.run(
            "/bin/sh", ["-c", "'\(Place.program)' account list 0<&- 1>&- 2>&-"])
        // That the list could not be told is a failure.
        #expect(ending.status == 1)
        #expect(try place.okmsd("account", "list").status == 0)
    }

    @Test func `a store that is not there is status 10`() throws {
        let place = try Place()
        let ending = try place.okmsd("account", "list")
        #expect(ending.status == 10)
        #expect(ending.err.contains("'account create'"))
        #expect(!ending.err.contains("OKMS_ENDPOINT"))
        #expect(!FileManager.default.fileExists(atPath: place("store")))
    }

    @Test func `a root key that is another one is status 12`() throws {
        let place = try Place()
        try place.okmsd("account", "create")
        try Data(repeating: 7, count: 32).write(to: URL(fileURLWithPath: place("store/root.key")))
        #expect(try place.okmsd("account", "list").status == 12)
    }

    @Test func `accounts are made, listed and given quotas`() throws {
        let place = try Place()
        let first = try place.okmsd("account", "create", "--quota", "7", "--json").object()
        #expect(first["KeyQuota"] as? Int == 7)
        #expect(try place.okmsd("access-key", "create").status == 0)
        let made = try place.okmsd("account", "create", "--quota", "5", "--json")
        let account = try made.object()
        let id = try #require(account["AccountId"] as? String)
        #expect(id.count == 12)
        #expect(account["KeyQuota"] as? Int == 5)
        #expect((account["DefaultKeyArn"] as? String)?.hasPrefix("arn:ows:kms:eu-west-2:") == true)
        #expect(try place.okmsd("account", "set-quota", id, "9").status == 0)
        let listed = try place.okmsd("account", "list", "--json").object()["Accounts"]
        let accounts = try #require(listed as? [[String: Any]])
        // The one the store was made with, which the first call reported, and this.
        #expect(accounts.count == 2)
        #expect(accounts.last?["KeyQuota"] as? Int == 9)
        #expect(try place.okmsd("account", "set-quota", "000000000000", "9").status == 10)
        #expect(try place.okmsd("account", "set-quota", id, "0").status == 2)
    }

    @Test func `access keys are made, listed, switched and deleted`() throws {
        let place = try Place()
        let made = try place.okmsd(
            "access-key", "create", "--actions", "GenerateDataKey,DescribeKey", "--expires", "90d",
            "--json"
        ).object()
        let id = try #require(made["AccessKeyId"] as? String)
        #expect((made["SecretAccessKey"] as? String)?.count == 40)
        func listed() throws -> [String: Any]? {
            let keys = try place.okmsd("access-key", "list", "--json").object()["AccessKeys"]
            return (keys as? [[String: Any]])?.first
        }
        let key = try #require(try listed())
        #expect(key["Status"] as? String == "active")
        #expect(key["Actions"] as? [String] == ["DescribeKey", "GenerateDataKey"])
        #expect(key["SecretAccessKey"] == nil)
        #expect(try place.okmsd("access-key", "deactivate", id).status == 0)
        #expect(try listed()?["Status"] as? String == "inactive")
        #expect(try place.okmsd("access-key", "activate", id).status == 0)
        #expect(try place.okmsd("access-key", "delete", id).status == 0)
        #expect(try listed() == nil)
        #expect(try place.okmsd("access-key", "delete", id).status == 10)
        let unknown = try place.okmsd("access-key", "list", "--account", "000000000000")
        #expect(unknown.status == 10)
        #expect(unknown.err.contains("no account 000000000000"))
    }

    @Test func `an access key needs its account where there are several`() throws {
        let place = try Place()
        try place.okmsd("account", "create")
        let second = try place.okmsd("account", "create", "--json").object()
        #expect(try place.okmsd("access-key", "create").status == 2)
        let id = try #require(second["AccountId"] as? String)
        let made = try place.okmsd("access-key", "create", "--account", id, "--json").object()
        #expect(made["AccountId"] as? String == id)
    }

    @Test func `a store keeps its region`() throws {
        let place = try Place()
        #expect(try place.okmsd("account", "create", "--region", "eu-west-1").status == 0)
        #expect(try place.okmsd("account", "list").out.contains(":eu-west-1:"))
        #expect(try place.okmsd("account", "list", "--region", "eu-west-2").status == 2)
    }
}

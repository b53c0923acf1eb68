import Foundation
import Testing

/// okmsd on loopback with a store of its own, as an administrator starts it.
///
/// It ends with its standard input's reader: the shell that runs it kills it when this process is gone.
final class KeyService: Sendable {
    private static let shared = Result { try KeyService() }

    /// Everything is started once and serves all tests.
    static func running() throws -> KeyService { try shared.get() }

    private let folder: URL
    private let process: Process
    private let input = Pipe()
    let url: String
    /// What every client takes from its environment.
    let environment: [String: String]

    /// Where the built programs are: beside the tests.
    static let programs: URL = {
        let tests = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        return URL(filePath: tests ?? "").deletingLastPathComponent()
    }()

    private struct Account: Decodable {
        let AccountId: String
    }

    private struct AccessKey: Decodable {
        let AccountId: String
        let AccessKeyId: String
        let SecretAccessKey: String
    }

    private init() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "okmsd-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        self.folder = folder
        let (process, output) = (Process(), Pipe())
        process.executableURL = URL(filePath: "/bin/bash")
        process.arguments = [
            "-c", "\"$0\" \"$@\" <&- 2>log & read -r; kill $!; wait; cd /; rm -rf '\(folder.path)'",
            Self.programs.appending(path: "okmsd").path, "serve", "--store", "store",
            "--listen", "127.0.0.1:0",
        ]
        process.currentDirectoryURL = folder
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        self.process = process
        let line = String(
            decoding: output.fileHandleForReading.availableData, as: UTF8.self)
        let address = try #require(line.firstMatch(of: #/listening on (\S+)/#)?.output.1)
        url = "http://\(address)"

        func administer<Answer: Decodable>(_ arguments: String...) throws -> Answer {
            let (command, output) = (Process(), Pipe())
            command.executableURL = Self.programs.appending(path: "okmsd")
            command.arguments = arguments + ["--store", "store", "--json"]
            command.currentDirectoryURL = folder
            command.standardOutput = output
            try command.run()
            let answer = output.fileHandleForReading.readDataToEndOfFile()
            command.waitUntilExit()
            return try JSONDecoder().decode(Answer.self, from: answer)
        }
        let own: AccessKey = try administer("access-key", "create")
        let account: Account = try administer("account", "create")
        let other: AccessKey = try administer(
            "access-key", "create", "--account", account.AccountId)
        let sealer: AccessKey = try administer(
            "access-key", "create", "--account", own.AccountId, "--actions",
            "GenerateDataKey,DescribeKey")
        let _: Account = try administer("account", "set-quota", own.AccountId, "200")
        var environment = [
            "AWS_ENDPOINT_URL_KMS": url, "OKMS_ENDPOINT": url,
            "AWS_DEFAULT_REGION": "eu-west-2", "AWS_REGION": "eu-west-2",
            "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin",
            "HOME": folder.path, "LC_ALL": "C.UTF-8",
        ]
        for (prefix, key) in [("AWS", own), ("OTHER", other), ("SEALER", sealer)] {
            environment["\(prefix)_ACCESS_KEY_ID"] = key.AccessKeyId
            environment["\(prefix)_SECRET_ACCESS_KEY"] = key.SecretAccessKey
        }
        self.environment = environment
    }

    /// Runs an administrator's command on the service's store; returns how it ended.
    func administer(_ arguments: String...) throws -> Int32 {
        let command = Process()
        command.executableURL = Self.programs.appending(path: "okmsd")
        command.arguments = arguments + ["--store", "store"]
        command.currentDirectoryURL = folder
        command.standardOutput = FileHandle.nullDevice
        try command.run()
        command.waitUntilExit()
        return command.terminationStatus
    }
}

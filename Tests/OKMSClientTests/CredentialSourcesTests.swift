import Foundation
import LibCrypto
import TestSupport
import Testing

@testable import OKMSClient

@Suite final class CredentialSourcesTests {
    let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "credentials-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    func write(_ name: String, _ text: String) throws -> String {
        let file = folder.appending(path: name)
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
        return file.path
    }

    func key(_ variables: [String: String]) throws -> (id: String, secret: String) {
        let key = try CredentialSources(variables: variables).accessKey()
        return (key.id, String(decoding: key.secret.copy(), as: UTF8.self))
    }

    func problem(_ variables: [String: String]) -> String {
        do {
            _ = try key(variables)
            return ""
        } catch {
            return "\(error)"
        }
    }

    static let environment = ["AWS_ACCESS_KEY_ID": "ENV", "AWS_SECRET_ACCESS_KEY": "env+/="]

    @Test func `the environment comes first`() throws {
        let file = try write("file", "[default]\naws_access_key_id=F\naws_secret_access_key=f\n")
        let variables = Self.environment.merging(["AWS_SHARED_CREDENTIALS_FILE": file]) { $1 }
        #expect(try key(variables) == ("ENV", "env+/="))
        let empty = variables.mapValues { $0 == file ? file : "" }
        #expect(try key(empty) == ("F", "f"))
    }

    @Test func `a profile that is asked for is taken before all else, or missed`() throws {
        let file = try write(
            "file",
            "[default]\naws_access_key_id=D\naws_secret_access_key=d\n"
                + "[restorer]\naws_access_key_id=R\naws_secret_access_key=r\n")
        let variables = Self.environment.merging(["AWS_SHARED_CREDENTIALS_FILE": file]) { $1 }
        let sources = CredentialSources(variables: variables)
        #expect(try sources.accessKey(ofProfile: "restorer").id == "R")
        #expect(throws: ClientSetupError.self) { try sources.accessKey(ofProfile: "other") }
        let nowhere = CredentialSources(variables: Self.environment)
        #expect(throws: ClientSetupError.self) { try nowhere.accessKey(ofProfile: "restorer") }
    }

    @Test func `half a pair is no pair`() {
        #expect(problem(["AWS_ACCESS_KEY_ID": "A"]).contains("AWS_SECRET_ACCESS_KEY is not"))
        #expect(problem(["AWS_SECRET_ACCESS_KEY": "A"]).contains("AWS_ACCESS_KEY_ID is not"))
    }

    @Test func `session tokens are refused`() throws {
        let variables = Self.environment.merging(["AWS_SESSION_TOKEN": "t"]) { $1 }
        #expect(problem(variables).contains("long-lived access keys only"))
        let file = try write(
            "file",
            "[default]\naws_access_key_id=F\naws_secret_access_key=f\naws_session_token = t\n")
        #expect(problem(["AWS_SHARED_CREDENTIALS_FILE": file]).contains("long-lived"))
    }

    @Test func `systemd hands over files`() throws {
        _ = try write("okms-access-key-id", "SYS\n")
        _ = try write("okms-secret-access-key", "s3cret\n")
        #expect(try key(["CREDENTIALS_DIRECTORY": folder.path]) == ("SYS", "s3cret"))
        _ = try write("okms-secret-access-key", "\n")
        #expect(problem(["CREDENTIALS_DIRECTORY": folder.path]).contains("it is empty"))
    }

    @Test func `the shared file lies in the home directory, or where it is said to`() throws {
        _ = try write(".aws/credentials", "[default]\naws_access_key_id=H\naws_secret_access_key=h")
        #expect(try key(["HOME": folder.path]) == ("H", "h"))
    }

    static let file = """
        # a comment
        ; another
        aws_access_key_id = NOBODY
        [default]
        aws_access_key_id = DEF
        aws_secret_access_key = def=ault+/

        [ nightly ]\r
        region = eu-west-2\r
        AWS_ACCESS_KEY_ID=NIGHT\r
        aws_secret_access_key   =\tnightly \r
        s3 =
            max = 3
        [half]
        aws_access_key_id = HALF
        [broken
        aws_access_key_id = BROKEN
        """

    @Test func `profiles are read`() throws {
        let file = try write("file", Self.file)
        let variables = ["AWS_SHARED_CREDENTIALS_FILE": file]
        #expect(try key(variables) == ("DEF", "def=ault+/"))
        #expect(
            try key(variables.merging(["AWS_PROFILE": "nightly"]) { $1 }) == ("NIGHT", "nightly"))
        #expect(
            problem(variables.merging(["AWS_PROFILE": "half"]) { $1 })
                .contains("aws_secret_access_key"))
        #expect(
            problem(variables.merging(["AWS_PROFILE": "missing"]) { $1 })
                .contains("no profile 'missing'"))
    }

    @Test func `without any, the places that were searched are told`() throws {
        let found = problem(["HOME": folder.path, "CREDENTIALS_DIRECTORY": folder.path])
        for place in ["AWS_ACCESS_KEY_ID", "\(folder.path)/.aws/credentials", folder.path] {
            #expect(found.contains(place))
        }
        #expect(problem([:]).contains("AWS_ACCESS_KEY_ID"))
    }

    @Test func `a file that cannot be read is no missing one`() {
        #expect(
            problem(["AWS_SHARED_CREDENTIALS_FILE": folder.path]).contains("directory"))
    }

    @Test func `files have a limit`() throws {
        let file = try write("file", String(repeating: "#", count: SecretFile.byteLimit + 1))
        #expect(problem(["AWS_SHARED_CREDENTIALS_FILE": file]).contains("more than"))
    }

    @Test func `ids that would break a header are refused`() {
        for id in ["A B", "A/B", "A,B", "A\nB", "\u{e9}", String(repeating: "A", count: 129)] {
            #expect(
                problem(["AWS_ACCESS_KEY_ID": id, "AWS_SECRET_ACCESS_KEY": "s"])
                    .contains("the access key's id is none"))
        }
    }

    @Test func `no message shows a secret`() throws {
        let file = try write("file", "[default]\naws_secret_access_key=hunter2\n")
        #expect(!problem(["AWS_SHARED_CREDENTIALS_FILE": file]).contains("hunter2"))
        #expect(!problem(["AWS_SECRET_ACCESS_KEY": "hunter2"]).contains("hunter2"))
    }

    @Test func `no file traps`() throws {
        var generator = SeededGenerator(seed: 5)
        let words = ["[", "]", "=", "\n", "\r", "[default]\n", "aws_secret_access_key"]
        for round in rounds(200) {
            var bytes = Array(Self.file.utf8)
            for _ in 0..<3 { generator.mutate(&bytes, words: words.map { Array($0.utf8) }) }
            let file = folder.appending(path: "fuzz")
            try Data(bytes.prefix(round % 3 == 0 ? round : bytes.count)).write(to: file)
            _ = problem(["AWS_SHARED_CREDENTIALS_FILE": file.path])
        }
    }
}

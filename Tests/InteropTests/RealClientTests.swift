import Foundation
import Testing

/// boto3, the AWS command line and Outscale's, unchanged, against the built okmsd.
@Suite(
    .enabled(if: PythonEnvironment.areComplete, Comment(rawValue: PythonEnvironment.whyNot)),
    .timeLimit(.minutes(3)))
struct RealClientTests {
    @Test(arguments: [
        "life_of_a_key", "deletion", "data_keys", "contexts", "ciphertexts", "names", "lists",
        "tags_and_aliases", "rotation", "accounts", "signatures", "bodies", "aws_cli", "osc_cli",
    ])
    func `a client is served and told as it expects`(scenario: String) throws {
        let service = try KeyService.running()
        let (process, errors) = (Process(), Pipe())
        process.executableURL = URL(filePath: PythonEnvironment.clients.program("python"))
        process.arguments = ["\(PythonEnvironment.scripts)/clients.py", scenario]
        process.environment = service.environment
        process.standardError = errors
        try process.run()
        let text = String(
            decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 0, Comment(rawValue: text))
        #expect(try service.administer("audit", "verify") == 0)
    }
}

import Envelope
import Foundation
import Testing

/// The way back without sealpipe, as `docs/restore-runbook.md` prints it.
@Suite(
    .enabled(if: PythonEnvironment.areComplete, Comment(rawValue: PythonEnvironment.whyNot)),
    .timeLimit(.minutes(3)))
struct EmergencyRecipeTests {
    /// Seals parts as an archive has them: runs of zstd frames, cut anywhere in the tar.
    @Test func `aws-encryption-cli, zstd and tar restore the parts of an archive`() async throws {
        let bench = try await Bench.open()
        try await withFolder { folder in
            try run(
                """
                mkdir -p tree/a archive restored
                seq 1 30000 >tree/a/numbers; ln -s a/numbers tree/link; : >tree/empty
                tar cf tree.tar tree
                split --bytes=60000 --numeric-suffixes tree.tar chunk-
                zstd -q chunk-*
                cat chunk-00.zst chunk-01.zst >plain-0; cp chunk-02.zst plain-1
                """, in: folder)
            for number in 0...1 {
                let plaintext = try Data(contentsOf: folder.appending(path: "plain-\(number)"))
                let message = try await bench.message(.one, plaintext: Array(plaintext))
                try Data(message).write(
                    to: folder.appending(path: "archive/part-0000\(number).tar.zst.esdk"))
            }
            let cli =
                FileManager.default.currentDirectoryPath + "/"
                + PythonEnvironment.sdk3.program("aws-encryption-cli")
            try run(
                """
                cd archive
                for p in part-*; do
                  \(cli) --decrypt -S --wrapping-keys key=\(bench.key) \\
                    --encryption-context dataset=orders -i "$p" -o -
                done | zstd -d | tar x -C ../restored
                diff -r --no-dereference ../tree ../restored/tree
                """, in: folder,
                environment: [
                    "AWS_ENDPOINT_URL_KMS": bench.url, "AWS_DEFAULT_REGION": "eu-west-2",
                    "AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing",
                ])
        }
    }

    private func run(
        _ script: String, in folder: URL, environment: [String: String] = [:]
    ) throws {
        let (process, errors) = (Process(), Pipe())
        process.executableURL = URL(filePath: "/bin/bash")
        process.arguments = ["-euo", "pipefail", "-c", script]
        process.currentDirectoryURL = folder
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardError = errors
        try process.run()
        let text = String(
            decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 0, Comment(rawValue: text))
    }
}

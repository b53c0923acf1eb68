import Jobs
import LibCrypto

/// How a command hands out a secret: as bytes on standard output, or into a file of its owner's.
enum SecretReport {
    private struct Output: Encodable {
        let key: String?
        let bytes: Int
        let output: String
    }

    /// Throws before the service is asked where the secret would have nowhere to go.
    static func check(_ output: String?, _ report: ReportOptions) throws {
        guard output == nil, report.json else { return }
        throw JobError(
            .usage, "--json needs --output here", hint: "what is secret is not printed in JSON")
    }

    static func write(
        _ secret: borrowing SecretBytes, to output: String?, key: String?, _ report: ReportOptions
    ) throws {
        guard let output else { return try SecretOutput.write(secret) }
        try SecretOutput.write(secret, toNewFile: output)
        if report.json {
            try Console.shared.data(json: Output(key: key, bytes: secret.count, output: output))
        }
    }
}

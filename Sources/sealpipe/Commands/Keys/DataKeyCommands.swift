import ArgumentParser
import Jobs
import OKMS

// Random bytes from the service: GenerateDataKey, GenerateDataKeyWithoutPlaintext, GenerateRandom.

struct GenerateDataKeyCommand: StatusCommand {
    static let configuration = CommandConfiguration(
        commandName: "generate-data-key", abstract: "Make a data key and write it wrapped.",
        discussion: """
            The wrapped key goes to standard output, or to --output. In plaintext the key goes to a \
            file readable by its owner only, and only where that is asked for.
            """)

    @Option(name: .long, help: "Customer master key: its id, ARN or alias.")
    var key = "default"

    @Option(name: .long, help: "Length of the data key, 1 to 1024.")
    var bytes = 32

    @Flag(name: .long, help: "Let the plaintext not leave the service.")
    var withoutPlaintext = false

    @Option(
        name: .long, help: "A new file for the plaintext, readable by its owner only.",
        completion: .file())
    var plaintextOutput: String?

    @OptionGroup var context: ContextOptions
    @OptionGroup var output: BlobOutput
    @OptionGroup var dryRun: DryRunOption
    @OptionGroup var service: ServiceOptions
    @OptionGroup var report: ReportOptions

    func execute() throws -> ExitStatus {
        try ByteCount.check(bytes)
        guard withoutPlaintext != (plaintextOutput != nil) else {
            throw JobError(
                .usage, "say --without-plaintext, or name a file with --plaintext-output",
                hint: "one of them, not both")
        }
        let context = try context.parsed()
        try output.check(report)
        return try service.call(report, making: true) { service in
            let name = try KeyName(key)
            guard let path = plaintextOutput else {
                return try dryRun.perform { () throws(KeyServiceError) in
                    try service.generateDataKeyWithoutPlaintext(
                        byteCount: bytes, under: name, context: context, dryRun: dryRun.dryRun)
                } then: {
                    try output.write($0, report)
                }
            }
            let made = try dryRun.perform { () throws(KeyServiceError) in
                try service.generateDataKey(
                    byteCount: bytes, under: name, context: context, dryRun: dryRun.dryRun)
            }
            guard let made else { return }
            let wrapped = made.wrapped
            try SecretOutput.write(made.takePlaintext(), toNewFile: path)
            try output.write(wrapped, plaintextPath: path, report)
        }
    }
}

struct GenerateRandomCommand: StatusCommand {
    static let configuration = CommandConfiguration(
        commandName: "generate-random", abstract: "Write random bytes of the service.",
        discussion: "--json needs --output: what is secret is not printed in JSON.")

    @Option(name: .long, help: "How many, 1 to 1024.")
    var bytes: Int

    @Option(
        name: .long, help: "A new file to write to, readable by its owner only.",
        completion: .file())
    var output: String?

    @OptionGroup var service: ServiceOptions
    @OptionGroup var report: ReportOptions

    func execute() throws -> ExitStatus {
        try ByteCount.check(bytes)
        try SecretReport.check(output, report)
        if output == nil { try refuseTerminal() }
        return try service.call(report, making: true) { service in
            let secret = try service.generateRandom(byteCount: bytes)
            try SecretReport.write(secret, to: output, key: nil, report)
        }
    }
}

private enum ByteCount {
    static func check(_ count: Int) throws {
        guard 1...1024 ~= count else { throw JobError(.usage, "there can be 1 to 1024 bytes") }
    }
}

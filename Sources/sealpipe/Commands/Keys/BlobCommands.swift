import ArgumentParser
import Jobs
import OKMS

// Short secrets under a key, from standard input to standard output: Encrypt, Decrypt, ReEncrypt.
// Longer ones are what `sealpipe encrypt` and `sealpipe decrypt` are for.

struct EncryptBlobCommand: StatusCommand {
    static let configuration = CommandConfiguration(
        commandName: "encrypt",
        abstract: "Encrypt 1 to 4096 bytes of standard input into a ciphertext blob.")

    @Option(name: .long, help: "Customer master key: its id, ARN or alias.")
    var key = "default"

    @OptionGroup var context: ContextOptions
    @OptionGroup var output: BlobOutput
    @OptionGroup var dryRun: DryRunOption
    @OptionGroup var service: ServiceOptions
    @OptionGroup var report: ReportOptions

    func execute() throws -> ExitStatus {
        let context = try context.parsed()
        try output.check(report)
        let plaintext = try SecretInput.read(limit: 4096)
        return try service.call(report, making: true) { service in
            try dryRun.perform { () throws(KeyServiceError) in
                try service.encrypt(
                    plaintext, under: KeyName(key), context: context, dryRun: dryRun.dryRun)
            } then: {
                try output.write($0, report)
            }
        }
    }
}

struct DecryptBlobCommand: StatusCommand {
    static let configuration = CommandConfiguration(
        commandName: "decrypt", abstract: "Decrypt a ciphertext blob from standard input.",
        discussion: """
            The blob names the key it needs; with --key, it must be that one. --json needs --output: what \
            is secret is not printed in JSON.
            """)

    @Option(name: .long, help: "The key it must have been encrypted under: id, ARN or alias.")
    var key: String?

    @OptionGroup var context: ContextOptions

    @Option(
        name: .long, help: "A new file to write to, readable by its owner only.",
        completion: .file())
    var output: String?

    @OptionGroup var dryRun: DryRunOption
    @OptionGroup var service: ServiceOptions
    @OptionGroup var report: ReportOptions

    func execute() throws -> ExitStatus {
        let context = try context.parsed()
        try SecretReport.check(output, report)
        let blob = try BlobInput.read()
        return try service.call(report) { service in
            let made = try dryRun.perform { () throws(KeyServiceError) in
                try service.decrypt(
                    blob, under: key.map { text throws(KeyServiceError) in try KeyName(text) },
                    context: context, dryRun: dryRun.dryRun)
            }
            guard let made else { return }
            let arn = "\(made.wrapped.key)"
            try SecretReport.write(made.takePlaintext(), to: output, key: arn, report)
        }
    }
}

struct ReEncryptBlobCommand: StatusCommand {
    static let configuration = CommandConfiguration(
        commandName: "re-encrypt",
        abstract: "Turn a ciphertext blob into one under another key, without its content leaving.")

    @Option(name: .long, help: "The new key: its id, ARN or alias.")
    var key: String

    @Option(name: .long, help: "The key it must have been encrypted under: id, ARN or alias.")
    var sourceKey: String?

    @Option(
        name: .long, help: ArgumentHelp("A pair of the old context.", valueName: "key=value"))
    var sourceContext: [String] = []

    @OptionGroup var context: ContextOptions
    @OptionGroup var output: BlobOutput
    @OptionGroup var dryRun: DryRunOption
    @OptionGroup var service: ServiceOptions
    @OptionGroup var report: ReportOptions

    func execute() throws -> ExitStatus {
        let sourceContext = try ContextOptions.parse(sourceContext)
        let context = try context.parsed()
        try output.check(report)
        let blob = try BlobInput.read()
        return try service.call(report) { service in
            try dryRun.perform { () throws(KeyServiceError) in
                try service.reEncrypt(
                    blob, from: sourceKey.map { text throws(KeyServiceError) in try KeyName(text) },
                    context: sourceContext, under: KeyName(key), context: context,
                    dryRun: dryRun.dryRun)
            } then: {
                try output.write($0.wrapped, source: $0.source, report)
            }
        }
    }
}

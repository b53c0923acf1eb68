import ArgumentParser
import Jobs

struct EncryptCommand: StatusCommand {
    static let configuration = CommandConfiguration(
        commandName: "encrypt", abstract: "Encrypt standard input into one message.")

    @OptionGroup var key: KeyOptions
    @OptionGroup var log: LogOptions

    func execute() throws -> ExitStatus {
        log.apply()
        return try JobExecution.run(
            Job(
                name: "encrypt", key: key.choice(), input: .stdin(name: "stdin"),
                stages: Stages(encryption: Stages.Encryption()), output: .stdout))
    }
}

struct DecryptCommand: StatusCommand {
    static let configuration = CommandConfiguration(
        commandName: "decrypt", abstract: "Decrypt one message from standard input.",
        discussion: """
            The message names the key it needs. With --context, pairs that the message does not have \
            are refused.
            """)

    @OptionGroup var key: KeyOptions
    @OptionGroup var log: LogOptions

    func execute() throws -> ExitStatus {
        log.apply()
        return try JobExecution.run(
            Job(
                name: "decrypt", key: key.choice(), input: .stdin(name: "stdin"),
                stages: Stages(decrypts: true), output: .stdout))
    }
}

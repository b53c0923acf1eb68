import ArgumentParser

/// The key API from a shell: a command an operation, against the embedded service or a remote one.
struct KeysCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys", abstract: "Manage and use customer master keys.",
        discussion: """
            A key is named by its id or ARN; 'default' is the account's default key. An alias is taken \
            by describe and by whatever encrypts or decrypts.
            """,
        subcommands: [],
        groupedSubcommands: [
            CommandGroup(
                name: "Keys:",
                subcommands: [
                    CreateKeyCommand.self, ListKeysCommand.self, DescribeKeyCommand.self,
                    EnableKeyCommand.self, DisableKeyCommand.self, UpdateDescriptionCommand.self,
                    ScheduleDeletionCommand.self, CancelDeletionCommand.self,
                ]),
            CommandGroup(
                name: "Tags and aliases:",
                subcommands: [
                    TagKeyCommand.self, UntagKeyCommand.self, ListTagsCommand.self,
                    CreateAliasCommand.self, UpdateAliasCommand.self, DeleteAliasCommand.self,
                    ListAliasesCommand.self,
                ]),
            CommandGroup(
                name: "Rotation:",
                subcommands: [
                    RotateKeyCommand.self, EnableRotationCommand.self, DisableRotationCommand.self,
                    RotationStatusCommand.self, ListRotationsCommand.self,
                ]),
            CommandGroup(
                name: "Cryptography:",
                subcommands: [
                    EncryptBlobCommand.self, DecryptBlobCommand.self, ReEncryptBlobCommand.self,
                    GenerateDataKeyCommand.self, GenerateRandomCommand.self,
                ]),
        ])
}

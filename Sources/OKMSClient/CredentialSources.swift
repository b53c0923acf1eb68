import LibCrypto

/// Where an access key is looked for, first come, first served: the environment, credentials that
/// systemd hands over, the file that AWS tools share.
package struct CredentialSources: Sendable {
    private let environment: Found?
    private let systemdDirectory: String?
    private let shared: SharedCredentialsFile?
    /// A profile that someone names must be there.
    private let isProfileNamed: Bool

    private struct Found: Sendable {
        let id: String?
        /// A class, because a value of this type is copied.
        let secret: Held?
        let hasToken: Bool
    }

    private final class Held: Sendable {
        let bytes: SecretBytes
        init(_ bytes: consuming SecretBytes) { self.bytes = bytes }
    }

    /// Takes `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`,
    /// `CREDENTIALS_DIRECTORY`, `AWS_SHARED_CREDENTIALS_FILE`, `AWS_PROFILE` and `HOME` from the
    /// environment; empty ones count as absent. Files are read when a key is asked for.
    package init(variables: [String: String]) {
        func value(_ name: String) -> String? { variables[name].flatMap { $0.isEmpty ? nil : $0 } }
        let id = value("AWS_ACCESS_KEY_ID")
        let secret = value("AWS_SECRET_ACCESS_KEY").map { text in
            let utf8 = text.utf8
            return Held(
                SecretBytes(count: utf8.count) { bytes in
                    for (index, byte) in utf8.enumerated() { bytes[index] = byte }
                })
        }
        environment =
            id == nil && secret == nil
            ? nil
            : Found(
                id: id, secret: secret,
                hasToken: value("AWS_SESSION_TOKEN") != nil || value("AWS_SECURITY_TOKEN") != nil)
        systemdDirectory = value("CREDENTIALS_DIRECTORY")
        let path =
            value("AWS_SHARED_CREDENTIALS_FILE") ?? value("HOME").map { "\($0)/.aws/credentials" }
        let profile = value("AWS_PROFILE") ?? value("AWS_DEFAULT_PROFILE")
        isProfileNamed = profile != nil
        shared = path.map { SharedCredentialsFile(path: $0, profile: profile ?? "default") }
    }

    package func accessKey() throws(ClientSetupError) -> AccessKey {
        if let found = try fromEnvironment() { return found }
        if let found = try fromSystemd() { return found }
        if let found = try shared?.accessKey() { return found }
        if let shared, isProfileNamed { throw Self.missingProfile(of: shared) }
        throw .noCredentials(
            searched: ["AWS_ACCESS_KEY_ID"] + (systemdDirectory.map { [$0] } ?? [])
                + (shared.map { [$0.path] } ?? []))
    }

    /// The access key of a profile of the shared file, whatever else there is.
    package func accessKey(ofProfile profile: String) throws(ClientSetupError) -> AccessKey {
        guard let path = shared?.path else {
            throw .noCredentials(searched: ["AWS_SHARED_CREDENTIALS_FILE", "HOME"])
        }
        let file = SharedCredentialsFile(path: path, profile: profile)
        guard let found = try file.accessKey() else { throw Self.missingProfile(of: file) }
        return found
    }

    private static func missingProfile(of file: SharedCredentialsFile) -> ClientSetupError {
        .unusableCredentials(
            place: file.path, reason: "it is not there, or has no profile '\(file.profile)'")
    }

    private func fromEnvironment() throws(ClientSetupError) -> AccessKey? {
        guard let environment else { return nil }
        let place = "the environment"
        guard let id = environment.id else {
            throw .unusableCredentials(
                place: place, reason: "AWS_SECRET_ACCESS_KEY is set, AWS_ACCESS_KEY_ID is not")
        }
        guard let secret = environment.secret else {
            throw .unusableCredentials(
                place: place, reason: "AWS_ACCESS_KEY_ID is set, AWS_SECRET_ACCESS_KEY is not")
        }
        guard !environment.hasToken else { throw .sessionToken("\(place) (AWS_SESSION_TOKEN)") }
        return try AccessKey(id: id, secret: secret.bytes.duplicate(), place: place)
    }

    private func fromSystemd() throws(ClientSetupError) -> AccessKey? {
        guard let directory = systemdDirectory else { return nil }
        guard let id = try read("\(directory)/okms-access-key-id"),
            let secret = try read("\(directory)/okms-secret-access-key")
        else { return nil }
        return try AccessKey(
            id: id.bytes.openText(0..<id.bytes.count), secret: secret.bytes.duplicate(),
            place: directory)
    }

    /// Without the line break that editors put at the end.
    private func read(_ path: String) throws(ClientSetupError) -> Held? {
        do throws(SecretFile.Problem) {
            let file = try SecretFile.read(path)
            let range = file.trimmedRange(in: 0..<file.count)
            guard !range.isEmpty else { throw .empty }
            return Held(file.slice(range))
        } catch {
            if case .missing = error { return nil }
            throw .unusableCredentials(place: path, reason: error.reason)
        }
    }
}

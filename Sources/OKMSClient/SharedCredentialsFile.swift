import LibCrypto

/// One profile of the credentials file that AWS tools share: `[profile]`, then `name = value`.
///
/// Secrets are copied from locked memory to locked memory. Names and ids are not secret.
/// Source: AWS SDKs and Tools Reference Guide, "Shared config and credentials files".
struct SharedCredentialsFile {
    let path: String
    let profile: String

    /// Nil where there is no such file, or it does not have the profile.
    func accessKey() throws(ClientSetupError) -> AccessKey? {
        let file: SecretBytes
        do throws(SecretFile.Problem) {
            file = try SecretFile.read(path)
        } catch {
            switch error {
            case .missing, .empty: return nil
            default: throw .unusableCredentials(place: path, reason: error.reason)
            }
        }
        let place = "profile '\(profile)' of \(path)"
        let settings = settings(in: file)
        guard settings.wasFound else { return nil }
        if let token = settings.token, !token.isEmpty { throw .sessionToken(place) }
        guard let id = settings.id, !id.isEmpty else {
            throw .unusableCredentials(place: place, reason: "it has no aws_access_key_id")
        }
        guard let secret = settings.secret, !secret.isEmpty else {
            throw .unusableCredentials(place: place, reason: "it has no aws_secret_access_key")
        }
        return try AccessKey(
            id: file.openText(id), secret: file.slice(secret), place: place)
    }

    private struct Settings {
        var wasFound = false
        var id: Range<Int>?
        var secret: Range<Int>?
        var token: Range<Int>?
    }

    /// The last of several equal profiles or settings counts, as for AWS tools.
    private func settings(in file: borrowing SecretBytes) -> Settings {
        var found = Settings()
        var isOurs = false
        var start = 0
        while start < file.count {
            let end = file.firstIndex(of: 0x0a, from: start) ?? file.count
            let line = file.trimmedRange(in: start..<end)
            start = end + 1
            guard let first = line.first else { continue }
            switch file.byte(at: first) {
            case UInt8(ascii: "#"), UInt8(ascii: ";"): continue
            case UInt8(ascii: "["):
                let close = file.firstIndex(of: UInt8(ascii: "]"), from: first) ?? line.upperBound
                let name = file.trimmedRange(in: (first + 1)..<min(close, line.upperBound))
                isOurs = file.openText(name) == profile
                if isOurs { found.wasFound = true }
            default:
                guard isOurs, let equals = file.firstIndex(of: UInt8(ascii: "="), from: first),
                    equals < line.upperBound
                else { continue }
                let value = file.trimmedRange(in: (equals + 1)..<line.upperBound)
                switch file.openText(file.trimmedRange(in: first..<equals)).lowercased() {
                case "aws_access_key_id": found.id = value
                case "aws_secret_access_key": found.secret = value
                case "aws_session_token", "aws_security_token": found.token = value
                default: continue
                }
            }
        }
        return found
    }
}

extension SecretBytes {
    fileprivate borrowing func firstIndex(of byte: UInt8, from start: Int) -> Int? {
        withBytes { bytes in (start..<bytes.count).first { bytes[$0] == byte } }
    }

    fileprivate borrowing func byte(at index: Int) -> UInt8 { withBytes { $0[index] } }
}

extension ClientSetupError {
    static func sessionToken(_ place: String) -> ClientSetupError {
        .unusableCredentials(
            place: place,
            reason: "there is a session token, but this service knows long-lived access keys only")
    }
}

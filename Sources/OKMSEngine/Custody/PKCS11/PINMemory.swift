import Locking
import LibCrypto

/// Remembers which PIN was refused, so that no service locks a token by trying it again.
///
/// Tokens lock themselves after a few wrong PINs. One that was refused is not tried again before its
/// file has changed.
final class PINMemory: Sendable {
    private let refused = Monitor<PINFile.Version?>(nil)

    /// Logs the process in, through a session, with the PIN that the file holds now.
    func logIn(
        _ session: PKCS11Session, of token: PKCS11Token, from file: PINFile
    ) throws(PKCS11Error) {
        if try session.isLoggedIn() { return }
        let content = try Self.load(file)
        let version = content.version
        guard refused.update({ $0 != version }) else {
            throw .pinRefused(
                "the token '\(token.label)' has refused the PIN in \(file.path) before; it is not "
                    + "tried again until the file changes, lest the token lock itself")
        }
        do throws(PKCS11Error) {
            try session.logIn(content.pin)
            refused.update { $0 = nil }
        } catch {
            if case .refused(_, let code) = error, code.meansRefusedPIN {
                refused.update { $0 = version }
                throw .pinRefused(
                    "the token '\(token.label)' refuses the PIN in \(file.path): \(error); "
                        + "correct the file before the next start, lest the token lock itself")
            }
            throw error
        }
    }

    private static func load(_ file: PINFile) throws(PKCS11Error) -> PINFile.Content {
        do throws(PINFile.Unreadable) {
            return try file.load()
        } catch {
            throw error.isMissing ? .pinMissing("\(error)") : .pinRefused("\(error)")
        }
    }
}

import Glibc
import OKMS
import OKMSEngine
import OKMSServer

/// How the program ends, for scripts. The numbers are those of sealpipe.
enum ExitStatus: Int32, Sendable {
    case done = 0
    case failed = 1
    case usage = 2
    case missing = 10
    case locked = 11
    case refused = 12
    case unreachable = 13
    case integrity = 14
    case exhausted = 16
}

/// Why a command did not do its work, in a sentence for people and a number for scripts.
struct CommandError: Error, Equatable {
    let status: ExitStatus
    let message: String
    /// What to do about it.
    let hint: String?

    init(_ status: ExitStatus, _ message: String, hint: String? = nil) {
        self.status = status
        self.message = message
        self.hint = hint
    }

    /// The one place where the errors of all parts become exit statuses.
    init(explaining error: any Error) {
        switch error {
        case let error as CommandError: self = error
        case StoreError.missing(let directory):
            self.init(
                .missing, "there is no OKMS store in \(directory)",
                hint: "check --store; 'serve', 'account create' and 'access-key create' make one")
        case let error as StoreError:
            self.init(Self.status(of: error), "\(error)", hint: Self.hint(for: error))
        case let error as KeyServiceError: self.init(Self.status(of: error), error.message)
        case let error as ServerError: self.init(error)
        case let error as AuditError: self.init(Self.status(of: error), "\(error)")
        default: self.init(.failed, "\(error)")
        }
    }

    private init(_ error: ServerError) {
        switch error {
        case .plaintextBeyondLoopback:
            self.init(
                .usage, "\(error)",
                hint: "give --tls-certificate and --tls-key, or --allow-plaintext where something "
                    + "in front of it does TLS")
        case .metricsBeyondReach: self.init(.usage, "\(error)")
        case .cannotLoad:
            self.init(.refused, "\(error)", hint: "check what --tls-certificate and --tls-key name")
        case .cannotRead(_, let number):
            self.init(
                number == EACCES ? .refused : .missing, "\(error)",
                hint: "check --tls-certificate and --tls-key, and that the user who runs okmsd may "
                    + "read the files; for a systemd service see LoadCredential= in its unit")
        case .mismatchedKey:
            self.init(
                .refused, "\(error)",
                hint: "give the private key of the first certificate in its file")
        case .cannotListen:
            self.init(
                .unreachable, "\(error)",
                hint: "stop what listens there, or give another address of this machine's with "
                    + "--listen or --metrics-listen")
        }
    }

    private static func status(of error: StoreError) -> ExitStatus {
        switch error {
        case .missing, .custodySecretMissing: .missing
        case .locked, .served: .locked
        case .damaged: .integrity
        case .full: .exhausted
        case .invalidRegion, .otherRegion: .usage
        case .cannotOpen, .exposedDirectory, .rootKeyMissing, .rootKeyUnreadable,
            .rootKeyUnwritable, .rootKeyExposed, .rootKeyMalformed, .foreignCustody,
            .custodyRefused:
            .refused
        case .custodyUnreachable: .unreachable
        case .otherCustody: .usage
        default: .failed
        }
    }

    private static func hint(for error: StoreError) -> String? {
        guard case .custodyUnreachable = error else { return nil }
        return
            "check --pkcs11-module, --pkcs11-token and --pkcs11-serial, and that the token is there"
    }

    private static func status(of error: AuditError) -> ExitStatus {
        switch error {
        case .damaged: .integrity
        case .cannotOpen: .refused
        case .cannotRead, .cannotWrite: .failed
        }
    }

    private static func status(of error: KeyServiceError) -> ExitStatus {
        switch error.code {
        case .notFound: .missing
        case .validation: .usage
        case .accessDenied, .disabled, .invalidState: .refused
        case .unavailable, .dependencyTimeout, .serviceUnavailable: .unreachable
        default: .failed
        }
    }
}

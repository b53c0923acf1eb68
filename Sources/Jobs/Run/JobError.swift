private import Archive
private import Envelope
private import Glibc
private import LibCrypto
private import OKMS
private import OKMSEngine
private import Pipeline
private import Storage

/// How a program ends; scripts and schedulers rely on the numbers.
package enum ExitStatus: Int32, Sendable {
    case done = 0
    case failed = 1
    case usage = 2
    case partial = 3
    case missing = 10
    case locked = 11
    case keyRefused = 12
    case unreachable = 13
    case integrity = 14
    case guardTripped = 15
    case exhausted = 16
    case jobFileInvalid = 78
    case interrupted = 130
    case terminated = 143
}

/// Why a job did not do its work, in a sentence for people and a number for scripts.
package struct JobError: Error, Equatable, Sendable {
    package let status: ExitStatus
    package let message: String
    /// What to do about it.
    package let hint: String?

    package init(_ status: ExitStatus, _ message: String, hint: String? = nil) {
        self.status = status
        self.message = message
        self.hint = hint
    }

    /// Something in an archive is not what its writer put there.
    static func integrity(_ place: String, _ reason: String) -> JobError {
        JobError(
            .integrity, "\(place): \(reason)",
            hint: "'sealpipe verify' lists all that is damaged; 'sealpipe restore --keep-going' "
                + "brings back what is whole, with --replica also what a copy has")
    }

    /// Whether storage, or the process for want of something, could not do what was asked: that says
    /// nothing about what is stored.
    var isOfStorage: Bool { status == .unreachable || status == .exhausted }

    /// The message without the place it begins with.
    func reason(at place: String) -> String {
        let prefix = "\(place): "
        return message.hasPrefix(prefix) ? String(message.dropFirst(prefix.count)) : message
    }
}

extension JobError {
    /// The one place where the errors of all parts become exit statuses.
    package init(explaining error: any Error) {
        switch error {
        case let error as JobError: self = error
        case let error as StorageError: self = Self.explain(error)
        case let error as ArchiveError: self = Self.explain(error)
        case let error as EnvelopeError: self = Self.explain(error)
        case let error as KeyServiceError: self = Self.explain(error)
        case let error as StoreError: self = Self.explain(error)
        case let error as Shortage: self = Self.explain(error)
        case let error as CryptoError:
            self = JobError(.failed, "\(error)")
        default: self = JobError(.failed, "\(error)")
        }
    }

    private static func explain(_ error: Shortage) -> JobError {
        switch error {
        case .threads(let count):
            JobError(
                .exhausted, "the process may not have \(count) threads more",
                hint: "fewer workers need fewer; limits are TasksMax= of its unit, pids.max of its "
                    + "control group, ulimit -u and, for their stacks, ulimit -v")
        case .memory(let byteCount):
            JobError(
                .exhausted, "there is no memory for \(Amount.bytes(byteCount)) more",
                hint: "'sealpipe plan' says how much a job takes: fewer workers or smaller chunks "
                    + "take less")
        }
    }

    private static func explain(_ error: StorageError) -> JobError {
        switch error {
        case .missing: return JobError(.missing, "\(error)")
        case .notAnArchiveSet:
            return JobError(
                .usage, "\(error)", hint: "name an empty or new directory, or an archive set")
        case .locked:
            return JobError(
                .locked, "\(error)", hint: "wait until that run ends, then run the job again")
        case .system(_, _, let number): return explain(number, "\(error)")
        }
    }

    private static func explain(_ error: ArchiveError) -> JobError {
        switch error {
        case .system(_, _, let number): return explain(number, "\(error)")
        case .library: return JobError(.failed, "\(error)")
        case .damaged: return JobError(.integrity, "\(error)")
        case .unsafePath: return JobError(.integrity, "\(error)", hint: "nothing was written there")
        case .changed:
            return JobError(
                .usage, "\(error)",
                hint: "move it away and run the restore again, which then goes on; "
                    + "or allow replacing: --overwrite replace, in a job 'overwrite: replace'")
        case .isDirectory:
            return JobError(
                .usage, "\(error)", hint: "move it away: a directory is never replaced")
        case .exists:
            return JobError(
                .usage, "\(error)",
                hint:
                    "restore into an empty directory, or allow replacing: --overwrite replace, in a job 'overwrite: replace'"
            )
        }
    }

    /// What the system refused, by the number of its error.
    package static func explain(_ number: Int32, _ message: String) -> JobError {
        switch number {
        case ENOSPC, EDQUOT:
            JobError(.exhausted, message, hint: "free some space, then run the job again")
        case ENOMEM, EMFILE, ENFILE: JobError(.exhausted, message)
        case ENOENT, ENOTDIR: JobError(.missing, message)
        case EIO, ESTALE, ETIMEDOUT, EHOSTDOWN: JobError(.unreachable, message)
        default: JobError(.failed, message)
        }
    }

    private static func explain(_ error: EnvelopeError) -> JobError {
        switch error {
        case .dataKeyRefused(let reasons):
            // Several keys, one sentence each; a service that may come back decides the status.
            let isPassing = reasons.contains { explain($0).status == .unreachable }
            return JobError(
                isPassing ? .unreachable : .keyRefused, "\(error)",
                hint: reasons.lazy.compactMap(Self.hintForCaller).first)
        case .noUsableWrappedKey, .contextMismatch: return JobError(.keyRefused, "\(error)")
        case .reservedContextKey: return JobError(.usage, "\(error)")
        case .crypto: return JobError(.failed, "\(error)")
        default: return JobError(.integrity, "\(error)")
        }
    }

    private static func explain(_ error: StoreError) -> JobError {
        switch error {
        case .locked, .failed, .custodyUnreachable: JobError(.unreachable, "\(error)")
        case .full: JobError(.exhausted, "\(error)")
        default: JobError(.keyRefused, "\(error)")
        }
    }

    /// What to do where the caller was refused, rather than the key.
    private static func hintForCaller(_ error: KeyServiceError) -> String? {
        switch error.code {
        case .notFound, .invalidARN, .invalidCiphertext, .incorrectKey: nil
        default: explain(error).hint
        }
    }

    private static func explain(_ error: KeyServiceError) -> JobError {
        switch error.code {
        case .unavailable, .internal, .dependencyTimeout:
            JobError(
                .unreachable, error.message,
                hint: "run it again in a while; if that does not help, see what is wrong with the "
                    + "key service")
        case .serviceUnavailable:
            JobError(
                .unreachable, error.message,
                hint: "check the service's address and that it runs, then run the job again")
        case .throttling:
            JobError(
                .unreachable, error.message,
                hint: "the service was asked too often; run the job again in a few minutes")
        case .missingAuthenticationToken, .incompleteSignature, .unrecognizedClient:
            JobError(
                .keyRefused, "the key service does not know the access key: \(error.message)",
                hint: "is it active, of this service, and in AWS_ACCESS_KEY_ID or the profile?")
        case .invalidSignature:
            JobError(
                .keyRefused, "the key service refused the credentials: \(error.message)",
                hint: "check the secret access key, the region and this machine's clock")
        case .accessDenied:
            JobError(
                .keyRefused, error.message,
                hint:
                    "ask the service's administrator what the access key is allowed to do; a locked "
                    + "one may be used again after some minutes")
        case .notFound, .invalidARN:
            JobError(
                .keyRefused, error.message, hint: "'sealpipe keys list' shows the keys there are")
        case .disabled:
            JobError(
                .keyRefused, error.message, hint: "'sealpipe keys enable' makes it usable again")
        case .invalidState, .invalidCiphertext, .incorrectKey, .invalidKeyUsage, .invalidGrantToken:
            JobError(.keyRefused, error.message)
        case .validation, .tag, .invalidAliasName, .alreadyExists, .malformedPolicy:
            JobError(.usage, error.message)
        case .limitExceeded:
            JobError(
                .failed, error.message,
                hint: "ask the service's administrator for more, or remove what is not needed")
        case .unsupportedOperation, .unknownOperation, .serialization, .invalidMarker,
            .dryRunOperation:
            JobError(.failed, error.message)
        }
    }
}

import LibCrypto
import OKMS

/// What is proved of a job's keys before its first byte is read.
///
/// That a key is enabled, and may be used by the caller in the context of the job, is proved by the data
/// key that was made under it: a run has one anyway.
enum KeyProof {
    /// Throws where a key is disabled or about to be deleted. Says more than the refusal of a data key
    /// would. Callers that may not look at keys are not told.
    static func checkStates(
        of names: [KeyName], in service: any KeyManagementService
    ) throws {
        for name in names {
            let key: KeyMetadata
            do throws(KeyServiceError) { key = try service.describeKey(name) } catch {
                let codes: [KeyServiceError.Code] = [
                    .accessDenied, .unsupportedOperation, .unknownOperation,
                ]
                guard codes.contains(error.code) else { throw error }
                continue
            }
            switch key.state {
            case .enabled: continue
            case .disabled:
                throw JobError(
                    .keyRefused, "\(key.arn) is disabled",
                    hint: "'sealpipe keys enable' makes it usable again")
            case .pendingDeletion:
                throw JobError(
                    .keyRefused, "\(key.arn) is about to be deleted",
                    hint:
                        "'sealpipe keys cancel-deletion' and 'keys enable' keep it, or seal under "
                        + "another")
            }
        }
    }

    /// Throws unless a data key, as one of its wrapped copies, opens for the one who is to restore.
    ///
    /// `call` measures each call of the service.
    static func checkOpens(
        _ key: ArchiveKey, for profile: String, by service: any DataKeyService,
        call: (() throws -> Void) throws -> Void
    ) throws {
        var refusals: [KeyServiceError] = []
        for wrapped in key.wrapped {
            do {
                try call {
                    let opened = try service.decrypt(
                        wrapped.ciphertext, under: .arn(wrapped.key), context: key.context)
                    let isSame = opened.plaintext.withBytes { opened in
                        key.dataKey.withBytes { constantTimeEqual(opened, $0) }
                    }
                    guard isSame else {
                        throw KeyServiceError(.incorrectKey, "another data key came out of it")
                    }
                }
                return
            } catch let error as KeyServiceError {
                refusals.append(error)
            }
        }
        // A service that may come back decides the status.
        let reasons = refusals.map { JobError(explaining: $0) }
        guard let reason = reasons.first(where: { $0.status == .unreachable }) ?? reasons.first
        else { return }
        throw JobError(
            reason.status,
            "profile '\(profile)' cannot open what would be sealed: \(reason.message)",
            hint: reason.status == .unreachable
                ? reason.hint
                : "allow its access key Decrypt under \(key.wrapped.map(\.key.description).joined(separator: " or ")), "
                    + "or correct 'key.restore_profile'")
    }
}

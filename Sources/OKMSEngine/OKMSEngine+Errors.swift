import OKMS

/// From a failure to the protocol's words.
extension OKMSEngine {
    /// Puts every error into the protocol's words.
    func answering<R: ~Copyable>(_ body: () throws -> R) throws(KeyServiceError) -> R {
        do {
            return try body()
        } catch let error as KeyServiceError {
            throw error
        } catch let error as StoreError {
            throw KeyServiceError(error)
        } catch let error as HSMError {
            throw answer(to: error)
        } catch let error as AuditError {
            throw KeyServiceError(.internal, "\(error)")
        } catch {
            throw KeyServiceError(.internal, "\(error)")
        }
    }

    func answer(to error: HSMError) -> KeyServiceError {
        switch error {
        case .cannotDecrypt: .cannotDecrypt
        case .unusableMaterial:
            KeyServiceError(
                .internal,
                "\(hsm.name) has no use for the key's material in \(store.path); "
                    + hsm.adviceOnUnusableMaterial)
        case .refused(let reason), .missing(let reason):
            KeyServiceError(.unavailable, "\(hsm.name) cannot be used: \(reason)")
        case .failed(let reason), .unreachable(let reason):
            KeyServiceError(.unavailable, "\(hsm.name) failed (\(reason)); try again")
        }
    }

    func record(_ record: AuditRecord) throws(KeyServiceError) {
        do throws(AuditError) {
            try audit.record(record)
        } catch {
            throw KeyServiceError(.internal, "\(error)")
        }
    }
}

extension KeyServiceError {
    /// One sentence for everything that fails to authenticate.
    static let cannotDecrypt = KeyServiceError(
        .invalidCiphertext, "wrong key, encryption context, or damaged ciphertext")
}

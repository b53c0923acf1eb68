import Archive
import Envelope
import LibCrypto
package import OKMS

/// The data key of one run: in plaintext while the run lasts, and wrapped under every CMK of the job.
package final class ArchiveKey: Sendable {
    static let archiveContextKey = Array("sealpipe-archive".utf8)

    let dataKey: SecretBytes
    let wrapped: [WrappedDataKey]
    let wrappedKeys: [WrappedKey]
    let context: EncryptionContext

    /// Asks the service for a data key under the first name, and to wrap it under the others: one
    /// call for each name.
    package init(
        from service: any DataKeyService, under names: [KeyName], context: EncryptionContext
    ) throws {
        guard let first = names.first else {
            throw JobError(.usage, "the job names no key")
        }
        let made = try service.generateDataKey(
            byteCount: MessageKeys.dataKeyByteCount, under: first, context: context)
        var wrapped = [made.wrapped]
        for name in names.dropFirst() {
            wrapped.append(try service.encrypt(made.plaintext, under: name, context: context))
        }
        self.wrapped = wrapped
        self.context = context
        wrappedKeys = try wrapped.map { key in
            guard let wrappedKey = WrappedKey(key) else {
                throw JobError(.keyRefused, "the service made a wrapped key of over 65535 bytes")
            }
            return wrappedKey
        }
        dataKey = made.takePlaintext()
    }

    /// The data key of an archive that was begun before, unwrapped by the service.
    ///
    /// Throws what the service refuses, and an integrity error where the key is not what `header` says.
    init(reopening header: UnverifiedHeader, using service: any DataKeyService) throws {
        let dataKey = try header.unwrapDataKey(using: service)
        _ = try header.verified(dataKey: dataKey)
        wrappedKeys = header.claims.wrappedKeys
        context = header.claims.context
        wrapped = try wrappedKeys.map { key in
            guard let wrapped = key.wrappedDataKey else {
                throw JobError(.integrity, "the journal names a key of another kind of service")
            }
            return wrapped
        }
        self.dataKey = dataKey
    }
}

extension EncryptionContext {
    /// The context of an archive: the job's pairs and the archive's id.
    func naming(archive id: String) throws -> EncryptionContext {
        guard value(for: ArchiveKey.archiveContextKey) == nil else {
            throw JobError(
                .usage, "the encryption context holds 'sealpipe-archive', which every archive sets")
        }
        let own = (key: ArchiveKey.archiveContextKey, value: Array(id.utf8))
        return try EncryptionContext(pairs.map { (key: $0.key, value: $0.value) } + [own])
    }
}

import Envelope
import LibCrypto
import OKMS

/// How a manifest or a header says that the data key is wrapped. Anyone may have written it.
struct KeyClaim: Hashable, Sendable {
    let context: EncryptionContext
    let wrappedKeys: [WrappedKey]

    init(_ context: EncryptionContext, _ wrappedKeys: [WrappedKey]) {
        self.context = context
        self.wrappedKeys = wrappedKeys
    }

    init(_ header: MessageHeader) { self.init(header.context, header.wrappedKeys) }

    /// Bytes of a header that says the same. Source: docs/formats/message.md.
    var headerByteCount: Int {
        let fields = context.isEmpty ? 0 : context.canonicalBytes.count
        return 1 + 2 + MessageID.byteCount + 2 + fields + 2
            + wrappedKeys.reduce(0) { $0 + $1.byteCount } + 1 + 4
            + MessageKeys.commitmentByteCount + 16
    }
}

/// Asks a key service for the data keys of claims: the same thing once, whatever comes of it, for each
/// call costs time and a line of an audit trail. One thread's own.
final class ClaimedKeys {
    private struct Question: Hashable {
        let wrapped: WrappedDataKey
        let context: EncryptionContext
    }

    private let service: any DataKeyService
    private var answers: [Question: Result<SecretHolder, KeyServiceError>] = [:]

    init(_ service: any DataKeyService) { self.service = service }

    /// Throws `dataKeyRefused` or `noUsableWrappedKey` where no wrapped key of the claim could be opened.
    func unwrap(_ claim: KeyClaim) throws(EnvelopeError) -> SecretHolder {
        var refusals: [KeyServiceError] = []
        let wrappedKeys = claim.wrappedKeys.prefix(MessageHeader.maximumWrappedKeyCount)
        for case let wrapped? in wrappedKeys.map(\.wrappedDataKey) {
            switch answer(to: Question(wrapped: wrapped, context: claim.context)) {
            case .success(let dataKey): return dataKey
            case .failure(let refusal): refusals.append(refusal)
            }
        }
        throw refusals.isEmpty ? .noUsableWrappedKey : .dataKeyRefused(refusals)
    }

    private func answer(to question: Question) -> Result<SecretHolder, KeyServiceError> {
        if let known = answers[question] { return known }
        let answer: Result<SecretHolder, KeyServiceError>
        do throws(KeyServiceError) {
            answer = .success(
                SecretHolder(try service.unwrap(question.wrapped, context: question.context)))
        } catch {
            answer = .failure(error)
        }
        answers[question] = answer
        return answer
    }
}

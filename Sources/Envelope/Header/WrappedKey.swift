package import OKMS

/// A wrapped key is the data key of a message as one key provider has encrypted it.
///
/// | field | bytes | meaning |
/// |---|---|---|
/// | provider id | 2 + n | `aws-kms`, or a name space of another kind of provider |
/// | provider info | 2 + n | for `aws-kms` the ARN of the customer master key |
/// | ciphertext | 2 + n | opaque |
package struct WrappedKey: Hashable, Sendable {
    package static let kmsProviderID = Array("aws-kms".utf8)

    package let providerID: [UInt8]
    package let providerInfo: [UInt8]
    package let ciphertext: [UInt8]

    /// Nil when a field has more than 65,535 bytes.
    package init?(providerID: [UInt8], providerInfo: [UInt8], ciphertext: [UInt8]) {
        guard [providerID, providerInfo, ciphertext].allSatisfy({ $0.count <= Int(UInt16.max) })
        else { return nil }
        self.providerID = providerID
        self.providerInfo = providerInfo
        self.ciphertext = ciphertext
    }

    /// Nil when the ciphertext has more than 65,535 bytes.
    package init?(_ wrapped: WrappedDataKey) {
        self.init(
            providerID: Self.kmsProviderID, providerInfo: Array(wrapped.key.description.utf8),
            ciphertext: wrapped.ciphertext)
    }

    /// The same as a key management service knows it; nil for other providers and foreign names.
    package var wrappedDataKey: WrappedDataKey? {
        guard providerID == Self.kmsProviderID,
            let text = String(validating: providerInfo, as: UTF8.self), let key = KeyARN(text)
        else { return nil }
        return WrappedDataKey(key: key, ciphertext: ciphertext)
    }

    /// Bytes it takes in a header.
    package var byteCount: Int { 6 + providerID.count + providerInfo.count + ciphertext.count }

    func append(to bytes: inout [UInt8]) {
        for field in [providerID, providerInfo, ciphertext] {
            Envelope.append(field.count, byteCount: 2, to: &bytes)
            bytes += field
        }
    }
}

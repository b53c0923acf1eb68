package import LibCrypto

/// An access key and its secret. A class, so that it can be held in several places but not copied.
package final class AccessKey: Sendable {
    package let id: String
    package let secret: SecretBytes
    /// Where it was found, for messages.
    package let place: String

    /// `id` is not secret; it is 1 … 128 printable characters without `/`, `,` and `=`.
    package init(
        id: String, secret: consuming SecretBytes, place: String
    ) throws(ClientSetupError) {
        guard 1...128 ~= id.utf8.count,
            id.utf8.allSatisfy({ 0x21...0x7e ~= $0 && ![0x2f, 0x2c, 0x3d].contains($0) })
        else { throw .unusableCredentials(place: place, reason: "the access key's id is none") }
        self.id = id
        self.secret = secret
        self.place = place
    }
}

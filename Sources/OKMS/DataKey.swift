package import LibCrypto

/// A data key as a service hands it out: in plaintext for one run, and wrapped for storage.
package struct DataKey: ~Copyable, Sendable {
    package let plaintext: SecretBytes
    package let wrapped: WrappedDataKey

    package init(plaintext: consuming SecretBytes, wrapped: WrappedDataKey) {
        self.plaintext = plaintext
        self.wrapped = wrapped
    }

    /// Keeps the secret, drops the rest.
    package consuming func takePlaintext() -> SecretBytes { plaintext }
}

/// A data key (or any short secret) encrypted under a customer master key.
package struct WrappedDataKey: Hashable, Sendable {
    package let key: KeyARN
    /// The service's ciphertext blob: opaque, 1 … 6144 bytes.
    package let ciphertext: [UInt8]

    package init(key: KeyARN, ciphertext: [UInt8]) {
        self.key = key
        self.ciphertext = ciphertext
    }
}

/// A data key that was wrapped anew: where it came from, and what it is now.
package struct ReEncryptedDataKey: Hashable, Sendable {
    package let source: KeyARN
    package let wrapped: WrappedDataKey

    package init(source: KeyARN, wrapped: WrappedDataKey) {
        self.source = source
        self.wrapped = wrapped
    }
}

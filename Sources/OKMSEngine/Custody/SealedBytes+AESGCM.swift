import LibCrypto

extension SealedBytes {
    /// Encrypts in one go.
    init(
        sealing plaintext: borrowing SecretBytes, under key: borrowing SecretBytes, iv: [UInt8],
        additionalData: Span<UInt8>
    ) throws(CryptoError) {
        var cipher = try AESGCM(.encrypt, key: key)
        try cipher.begin(iv: iv.span, additionalData: additionalData)
        let count = plaintext.count
        let sealed = try plaintext.withBytes { plaintext throws(CryptoError) in
            try [UInt8](capacity: count + AESGCM.tagByteCount) { output throws(CryptoError) in
                try cipher.update(plaintext, appendingTo: &output)
                try cipher.finish(appendingTagTo: &output)
            }
        }
        self.init(iv: iv, ciphertext: Array(sealed[..<count]), tag: Array(sealed[count...]))
    }

    /// Decrypts in one go; nothing of the text survives a wrong tag.
    func opened(
        under key: borrowing SecretBytes, additionalData: Span<UInt8>
    ) throws(CryptoError) -> SecretBytes {
        var cipher = try AESGCM(.decrypt, key: key)
        try cipher.begin(iv: iv.span, additionalData: additionalData)
        return try SecretBytes(count: ciphertext.count) { plaintext throws(CryptoError) in
            try unsafe plaintext.withUnsafeMutableBufferPointer { buffer throws(CryptoError) in
                var output = unsafe OutputSpan(buffer: buffer, initializedCount: 0)
                try cipher.update(ciphertext.span, appendingTo: &output)
                _ = unsafe output.finalize(for: buffer)
            }
            try cipher.verify(tag: tag.span)
        }
    }
}

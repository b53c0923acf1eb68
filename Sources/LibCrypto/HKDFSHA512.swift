private import CLibCrypto

/// HKDF with SHA-512: one pseudorandom key, then as many independent keys as there are labels.
/// Source: RFC 5869; EVP_KDF-HKDF(7). OpenSSL wipes its copy of the input with the context.
package enum HKDFSHA512 {
    package static let pseudorandomKeyByteCount = 64
    package static let maximumOutputByteCount = 255 * 64

    /// RFC 5869 §2.2.
    package static func extract(
        salt: Span<UInt8>, from input: borrowing SecretBytes
    ) throws(CryptoError) -> SecretBytes {
        try input.withBytes { input throws(CryptoError) in
            try derive(
                EVP_KDF_HKDF_MODE_EXTRACT_ONLY, key: input, OSSL_KDF_PARAM_SALT, salt,
                count: pseudorandomKeyByteCount)
        }
    }

    /// RFC 5869 §2.3. `count` is 1 … 16320.
    package static func expand(
        _ pseudorandomKey: borrowing SecretBytes, info: Span<UInt8>, count: Int
    ) throws(CryptoError) -> SecretBytes {
        guard 1...maximumOutputByteCount ~= count else {
            throw .invalidLength(count, of: "HKDF-SHA-512 output")
        }
        return try pseudorandomKey.withBytes { key throws(CryptoError) in
            try derive(
                EVP_KDF_HKDF_MODE_EXPAND_ONLY, key: key, OSSL_KDF_PARAM_INFO, info, count: count)
        }
    }

    private static func derive(
        _ mode: CInt, key: Span<UInt8>, _ name: String, _ value: Span<UInt8>, count: Int
    ) throws(CryptoError) -> SecretBytes {
        let kdf = unsafe EVP_KDF_fetch(nil, "HKDF", nil)
        defer { unsafe EVP_KDF_free(kdf) }
        guard let context = unsafe EVP_KDF_CTX_new(kdf) else { throw .openSSL("EVP_KDF_CTX_new") }
        defer { unsafe EVP_KDF_CTX_free(context) }
        return try SecretBytes(count: count) { output throws(CryptoError) in
            var mode = mode
            let status = unsafe output.withUnsafeMutableBufferPointer { output in
                unsafe key.withUnsafeBytes { key in
                    unsafe value.withUnsafeBytes { value in
                        unsafe withParameters(&mode, key, name, value) {
                            unsafe EVP_KDF_derive(context, output.baseAddress, output.count, $0)
                        }
                    }
                }
            }
            guard status == 1 else { throw .openSSL("EVP_KDF_derive") }
        }
    }

    /// The parameter list of one derivation. OpenSSL declares the values mutable but only reads
    /// them, and refuses null pointers, so an empty value is left out (its default is empty).
    private static func withParameters(
        _ mode: inout CInt, _ key: UnsafeRawBufferPointer, _ name: String,
        _ value: UnsafeRawBufferPointer, _ body: ([OSSL_PARAM]) -> CInt
    ) -> CInt {
        unsafe withUnsafeMutablePointer(to: &mode) { mode in
            unsafe OSSL_KDF_PARAM_DIGEST.withCString { digestName in
                unsafe "SHA512".withCString { digest in
                    unsafe OSSL_KDF_PARAM_MODE.withCString { modeName in
                        unsafe OSSL_KDF_PARAM_KEY.withCString { keyName in
                            unsafe name.withCString { name in
                                var parameters = unsafe [
                                    OSSL_PARAM_construct_utf8_string(
                                        digestName, UnsafeMutablePointer(mutating: digest), 0),
                                    OSSL_PARAM_construct_int(modeName, mode),
                                    OSSL_PARAM_construct_octet_string(
                                        keyName, UnsafeMutableRawPointer(mutating: key.baseAddress),
                                        key.count),
                                ]
                                if unsafe !value.isEmpty {
                                    unsafe parameters.append(
                                        OSSL_PARAM_construct_octet_string(
                                            name,
                                            UnsafeMutableRawPointer(mutating: value.baseAddress),
                                            value.count))
                                }
                                unsafe parameters.append(OSSL_PARAM_construct_end())
                                return unsafe body(parameters)
                            }
                        }
                    }
                }
            }
        }
    }
}

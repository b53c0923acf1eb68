private import CLibCrypto

/// Public random bytes: message ids, IVs, archive ids. Secrets come from `SecretBytes.random`.
/// Source: RAND_bytes(3).
package func randomBytes(count: Int) throws(CryptoError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    guard unsafe RAND_bytes(&bytes, CInt(count)) == 1 else { throw .openSSL("RAND_bytes") }
    return bytes
}

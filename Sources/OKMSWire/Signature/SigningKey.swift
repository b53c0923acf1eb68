package import LibCrypto

/// The key that signs requests of one access key within one credential scope.
///
/// Derived from the secret of the access key by a chain of HMACs; the secret cannot be had from it.
/// A class, so that a cache can hold it without copying the secret.
/// Source: AWS Signature Version 4, "derive a signing key".
package final class SigningKey: Sendable {
    package let scope: CredentialScope
    private let key: SecretBytes

    package init(
        secret: borrowing SecretBytes, scope: CredentialScope
    ) throws(CryptoError) {
        let prefix: [UInt8] = Array("AWS4".utf8)
        let first = secret.withBytes { secret in
            SecretBytes(count: prefix.count + secret.count) { bytes in
                for i in prefix.indices { bytes[i] = prefix[i] }
                for i in secret.indices { bytes[prefix.count + i] = secret[i] }
            }
        }
        let day = try HMACSHA256.deriveKey(Array(scope.day.utf8).span, from: first)
        let region = try HMACSHA256.deriveKey(Array(scope.region.utf8).span, from: day)
        let service = try HMACSHA256.deriveKey(Array(scope.service.utf8).span, from: region)
        key = try HMACSHA256.deriveKey(
            Array(CredentialScope.terminator.utf8).span, from: service)
        self.scope = scope
    }

    /// Stands in where there is no access key, so that the answer takes as long.
    package static func dummy(scope: CredentialScope) throws(CryptoError) -> SigningKey {
        let secret = SecretBytes(count: 40) { bytes in
            for i in bytes.indices { bytes[i] = UInt8(ascii: "x") }
        }
        return try SigningKey(secret: secret, scope: scope)
    }

    /// 64 lower-case hexadecimal digits.
    func signature(of stringToSign: [UInt8]) throws(CryptoError) -> [UInt8] {
        hexadecimal(try HMACSHA256.authenticate(stringToSign.span, key: key))
    }
}

/// Lower-case hexadecimal digits, two a byte.
func hexadecimal(_ bytes: [UInt8]) -> [UInt8] {
    var digits: [UInt8] = []
    digits.reserveCapacity(bytes.count * 2)
    for byte in bytes {
        for half in [byte >> 4, byte & 15] {
            digits.append(half < 10 ? half + UInt8(ascii: "0") : half - 10 + UInt8(ascii: "a"))
        }
    }
    return digits
}

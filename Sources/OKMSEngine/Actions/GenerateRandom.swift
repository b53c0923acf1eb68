package import LibCrypto
package import OKMS

extension AccountService {
    package func generateRandom(byteCount: Int) throws(KeyServiceError) -> SecretBytes {
        try perform(.generateRandom) { _ in
            try check(byteCount, "numberOfBytes", isWithin: Self.dataKeyByteCounts)
            return try random(byteCount)
        }
    }
}

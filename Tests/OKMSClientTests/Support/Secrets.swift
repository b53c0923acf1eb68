import LibCrypto

/// A secret made of text; in tests no text is secret.
func secret(_ text: String) -> SecretBytes {
    let utf8 = Array(text.utf8)
    return SecretBytes(count: utf8.count) { bytes in
        for i in utf8.indices { bytes[i] = utf8[i] }
    }
}

extension SecretBytes {
    borrowing func copy() -> [UInt8] { withBytes { bytes in bytes.indices.map { bytes[$0] } } }
}

func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

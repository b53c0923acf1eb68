/// Key-value pairs bound to every use of a customer master key as additional authenticated data.
///
/// Pairs are UTF-8 bytes, kept in ascending byte order of their keys: `String` would merge keys that
/// differ only in Unicode normalisation. Not secret.
/// Source: AWS Encryption SDK specification, "message-header", AAD.
package struct EncryptionContext: Hashable, Sendable {
    package struct Pair: Hashable, Sendable {
        package let key: [UInt8]
        package let value: [UInt8]
    }

    package enum Invalid: Error, Hashable {
        case duplicateKey([UInt8])
        /// A key or a value of more than 65,535 bytes, or more than 65,535 pairs.
        case tooLong
    }

    package let pairs: [Pair]

    package static let empty = EncryptionContext()

    private init() { pairs = [] }

    package init(_ pairs: [(key: [UInt8], value: [UInt8])]) throws(Invalid) {
        let sorted = pairs.map { Pair(key: $0.key, value: $0.value) }
            .sorted { $0.key.lexicographicallyPrecedes($1.key) }
        for (pair, next) in zip(sorted, sorted.dropFirst()) where pair.key == next.key {
            throw .duplicateKey(pair.key)
        }
        let limit = Int(UInt16.max)
        guard sorted.count <= limit,
            sorted.allSatisfy({ $0.key.count <= limit && $0.value.count <= limit })
        else { throw .tooLong }
        self.pairs = sorted
    }

    package init(_ pairs: [(String, String)]) throws(Invalid) {
        try self.init(pairs.map { (key: Array($0.0.utf8), value: Array($0.1.utf8)) })
    }

    package var isEmpty: Bool { pairs.isEmpty }

    package func value(for key: [UInt8]) -> [UInt8]? {
        pairs.first { $0.key == key }?.value
    }

    /// `count:2`, then for each pair `keyLength:2 key valueLength:2 value`, big-endian.
    ///
    /// For a context that is not empty these are the bytes of a message header too.
    package var canonicalBytes: [UInt8] {
        var bytes: [UInt8] = []
        func append(_ number: Int) { bytes += [UInt8(number >> 8), UInt8(number & 0xff)] }
        append(pairs.count)
        for pair in pairs {
            append(pair.key.count)
            bytes += pair.key
            append(pair.value.count)
            bytes += pair.value
        }
        return bytes
    }
}

extension EncryptionContext: CustomStringConvertible {
    package var description: String {
        pairs.map { pair in
            let key = String(decoding: pair.key, as: UTF8.self)
            return "\(key)=\(String(decoding: pair.value, as: UTF8.self))"
        }
        .joined(separator: ", ")
    }
}

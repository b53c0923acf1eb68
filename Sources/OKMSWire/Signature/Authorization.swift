package import OKMS

/// The `Authorization` header of a signed request, taken apart but not believed.
///
/// `AWS4-HMAC-SHA256 Credential=ID/DAY/REGION/SERVICE/aws4_request, SignedHeaders=a;b,
/// Signature=HEX`; the fields in any order, each once, with any white space around commas.
package struct Authorization: Hashable, Sendable {
    package let accessKeyID: String
    package let scope: CredentialScope
    /// In lower case, in order, each once.
    package let signedHeaders: [String]
    /// 64 lower-case hexadecimal digits.
    package let signature: String

    /// Throws `incompleteSignature`.
    package init(_ value: String) throws(KeyServiceError) {
        let algorithm = "\(SignatureV4.algorithm) "
        guard value.utf8.starts(with: algorithm.utf8) else {
            throw .incomplete("its algorithm is not \(SignatureV4.algorithm)")
        }
        var credential: Substring?
        var headers: Substring?
        var signature: Substring?
        let fields = value.utf8.dropFirst(algorithm.utf8.count)
            .split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
        for field in fields {
            let trimmed = Substring(field).trimmingSpaces()
            guard let equals = trimmed.utf8.firstIndex(of: UInt8(ascii: "=")) else {
                throw .incomplete("it has a field without a value")
            }
            let field = Substring(trimmed.utf8[equals...].dropFirst())
            switch trimmed[..<equals] {
            case "Credential" where credential == nil: credential = field
            case "SignedHeaders" where headers == nil: headers = field
            case "Signature" where signature == nil: signature = field
            default: throw .incomplete("a field of it is unknown or stands twice")
            }
        }
        guard let credential else { throw .incomplete("it has no 'Credential'") }
        guard let headers else { throw .incomplete("it has no 'SignedHeaders'") }
        guard let signature else { throw .incomplete("it has no 'Signature'") }
        (accessKeyID, scope) = try Self.readCredential(credential)
        signedHeaders = try Self.readHeaders(headers)
        guard signature.utf8.count == 64, signature.utf8.allSatisfy(Self.isDigit) else {
            throw .incomplete("its 'Signature' is not 64 hexadecimal digits in lower case")
        }
        self.signature = String(signature)
    }

    private static func readCredential(
        _ text: Substring
    ) throws(KeyServiceError) -> (String, CredentialScope) {
        let parts = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
            .map { String(Substring($0)) }
        guard parts.count == 5, parts.allSatisfy({ !$0.isEmpty }),
            parts[4] == CredentialScope.terminator
        else {
            throw .incomplete(
                "its 'Credential' is not ID/YYYYMMDD/REGION/SERVICE/\(CredentialScope.terminator)")
        }
        guard 1...128 ~= parts[0].utf8.count, parts[0].utf8.allSatisfy(isPrintable) else {
            throw .incomplete("its access key is none")
        }
        guard parts[1].utf8.count == 8,
            parts[1].utf8.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 })
        else { throw .incomplete("its 'Credential' names no day") }
        return (parts[0], CredentialScope(day: parts[1], region: parts[2], service: parts[3]))
    }

    private static func readHeaders(_ text: Substring) throws(KeyServiceError) -> [String] {
        let names = text.utf8.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false)
            .map { String(Substring($0)) }
        guard names.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy(isLowercase) }) else {
            throw .incomplete("its 'SignedHeaders' are not names in lower case")
        }
        for (name, next) in zip(names, names.dropFirst())
        where !name.utf8.lexicographicallyPrecedes(next.utf8) {
            throw .incomplete("its 'SignedHeaders' are not in order")
        }
        return names
    }

    private static func isDigit(_ character: UInt8) -> Bool {
        switch character {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"): true
        default: false
        }
    }

    private static func isPrintable(_ character: UInt8) -> Bool { 0x21...0x7e ~= character }

    private static func isLowercase(_ character: UInt8) -> Bool {
        isPrintable(character) && character.asciiLowercase == character
    }
}

extension KeyServiceError {
    static func incomplete(_ reason: String) -> KeyServiceError {
        KeyServiceError(
            .incompleteSignature, "The Authorization header of the request is malformed: \(reason)."
        )
    }
}

extension Substring {
    func trimmingSpaces() -> Substring {
        var bytes = utf8[...]
        while let first = bytes.first, first == 0x20 || first == 0x09 { bytes = bytes.dropFirst() }
        while let last = bytes.last, last == 0x20 || last == 0x09 { bytes = bytes.dropLast() }
        return Substring(bytes)
    }
}

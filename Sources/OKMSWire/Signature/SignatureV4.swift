import LibCrypto

/// The computations of Signature Version 4 that both ends share.
///
/// Everything is bytes: a server signs what came, whatever its encoding.
/// Source: AWS Signature Version 4, "create a signed request".
package enum SignatureV4 {
    package static let algorithm = "AWS4-HMAC-SHA256"

    /// Hexadecimal SHA-256 of a body.
    package static func payloadHash(_ body: Span<UInt8>) -> [UInt8] {
        hexadecimal(SHA256.digest(body))
    }

    /// Method, path, query, signed headers, their names and the body's digest, a line each.
    ///
    /// `signedHeaders` are in lower case and in order. `normalizingPath`: whether `.`, `..` and empty
    /// components are resolved, as for every service but S3.
    package static func canonicalRequest(
        _ head: RequestHead, signedHeaders: [String], payloadHash: [UInt8],
        normalizingPath: Bool = true
    ) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(512)
        text += head.method.utf8
        text.append(newline)
        if head.path == "/" {
            text.append(UInt8(ascii: "/"))
        } else {
            text += CanonicalURI.path(head.path, normalizing: normalizingPath)
        }
        text.append(newline)
        if !head.query.isEmpty { text += CanonicalURI.query(head.query) }
        text.append(newline)
        for name in signedHeaders {
            text += name.utf8
            var separator = UInt8(ascii: ":")
            for header in head.headers where header.name.isEqual(toLowercase: name) {
                text.append(separator)
                appendCollapsed(header.value, to: &text)
                separator = UInt8(ascii: ",")
            }
            text.append(newline)
        }
        text.append(newline)
        appendJoined(signedHeaders, to: &text)
        text.append(newline)
        return text + payloadHash
    }

    /// What the signing key signs. `time` is `YYYYMMDDThhmmssZ`.
    package static func stringToSign(
        _ canonicalRequest: [UInt8], time: String, scope: CredentialScope
    ) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(192)
        text += algorithm.utf8
        text.append(newline)
        text += time.utf8
        text.append(newline)
        text += scope.description.utf8
        text.append(newline)
        return text + hexadecimal(SHA256.digest(canonicalRequest.span))
    }

    static func appendJoined(_ names: [String], to text: inout [UInt8]) {
        for (index, name) in names.enumerated() {
            if index > 0 { text.append(UInt8(ascii: ";")) }
            text += name.utf8
        }
    }

    /// Without white space at both ends, and with one space for each run of it within.
    private static func appendCollapsed(_ value: String, to text: inout [UInt8]) {
        var isPending = false
        var isFirst = true
        for byte in value.utf8 {
            switch byte {
            case 0x20, 0x09...0x0d: isPending = true
            default:
                if isPending, !isFirst { text.append(0x20) }
                text.append(byte)
                isPending = false
                isFirst = false
            }
        }
    }

    private static let newline: UInt8 = 0x0a
}

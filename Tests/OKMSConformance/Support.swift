package import LibCrypto
package import OKMS
package import Testing

package func secret(_ bytes: some Collection<UInt8>) -> SecretBytes {
    let bytes = Array(bytes)
    return SecretBytes(count: bytes.count) { span in
        for i in bytes.indices { span[i] = bytes[i] }
    }
}

package func bytes(_ secret: borrowing SecretBytes) -> [UInt8] {
    secret.withBytes { bytes in bytes.indices.map { bytes[$0] } }
}

/// Expects a failure with this code, and a sentence with it.
package func expect<R: ~Copyable>(
    _ code: KeyServiceError.Code, sourceLocation: SourceLocation = #_sourceLocation,
    _ body: () throws -> R
) {
    do {
        _ = try body()
        Issue.record("nothing was thrown", sourceLocation: sourceLocation)
    } catch let error as KeyServiceError {
        #expect(error.code == code, sourceLocation: sourceLocation)
        #expect(!error.message.isEmpty, sourceLocation: sourceLocation)
    } catch {
        Issue.record(error, sourceLocation: sourceLocation)
    }
}

/// A key that no account has.
package let unknownKey = KeyID("1234abcd-12ab-34cd-56ef-1234567890ab")

/// The context that the checks use.
func orders() throws -> EncryptionContext {
    try EncryptionContext([("dataset", "orders"), ("run", "7")])
}

func alias(_ name: String) throws -> AliasName { try #require(AliasName("alias/\(name)")) }

extension KeyManagementService {
    /// A new key, by its ARN.
    func newKey() throws -> KeyName { .arn(try createKey(description: "").arn) }

    func arn(_ key: KeyName) throws -> KeyARN { try describeKey(key).arn }
}

/// Reads a list to its end, page after page.
func all<Element>(
    _ page: (_ marker: String?) throws -> Page<Element>
) throws -> [Element] {
    var elements: [Element] = []
    var marker: String?
    repeat {
        let page = try page(marker)
        elements += page.elements
        marker = page.nextMarker
        try #require(elements.count < 10_000)
    } while marker != nil
    return elements
}

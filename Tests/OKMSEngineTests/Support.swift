import FoundationEssentials
import LibCrypto
import OKMS
import Testing

/// Lends a fresh directory and removes it, whatever happens.
func withTemporaryDirectory(_ body: (String) throws -> Void) throws {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("okms-\(UUID())")
    try FileManager.default.createDirectory(
        at: url, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    defer { try? FileManager.default.removeItem(at: url) }
    try body(url.path)
}

func secret(_ bytes: some Collection<UInt8>) -> SecretBytes {
    let bytes = Array(bytes)
    return SecretBytes(count: bytes.count) { span in
        for i in bytes.indices { span[i] = bytes[i] }
    }
}

func bytes(_ secret: borrowing SecretBytes) -> [UInt8] {
    secret.withBytes { bytes in bytes.indices.map { bytes[$0] } }
}

/// Expects a failure with this code, and a sentence with it.
func expect<R: ~Copyable>(
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

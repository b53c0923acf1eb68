import Foundation
import TestSupport

/// A key service of a few lines: data keys that open again, in memory.
final class StubKeyService: @unchecked Sendable {
    // Sendable: everything that changes is touched only with the lock held.
    static let region = "eu-west-2"
    static let arn = arn(1)

    static func arn(_ number: Int) -> String {
        "arn:ows:kms:\(region):123456789012:key/1234abcd-12ab-34cd-56ef-12345678900\(number)"
    }

    private struct Wrapped {
        let key: String
        let plaintext: String
        let context: [String: String]
    }

    private let lock = NSLock()
    private var wrapped: [String: Wrapped] = [:]

    /// What was handed out in plaintext, as it stood in answers.
    var plaintexts: Set<String> { lock.withLock { Set(wrapped.values.map(\.plaintext)) } }

    func answer(_ request: LoopbackServer.Request) -> (status: Int, body: String) {
        let object = try? JSONSerialization.jsonObject(with: Data(request.body))
        let members = object as? [String: Any] ?? [:]
        let key = members["KeyId"] as? String
        let context = members["EncryptionContext"] as? [String: String] ?? [:]
        switch request.header("X-Amz-Target") {
        case "TrentService.GenerateDataKey":
            let plaintext = Self.random(members["NumberOfBytes"] as? Int ?? 32)
            return (200, wrap(plaintext, key ?? "", context, showing: plaintext))
        case "TrentService.Encrypt":
            let plaintext = members["Plaintext"] as? String ?? ""
            return (200, wrap(plaintext, key ?? "", context, showing: nil))
        case "TrentService.Decrypt":
            let found = lock.withLock { wrapped[members["CiphertextBlob"] as? String ?? ""] }
            guard let found, found.context == context, key == nil || key == found.key else {
                return Self.error("InvalidCiphertextException")
            }
            return (200, Self.json(["KeyId": found.key, "Plaintext": found.plaintext]))
        default: return Self.error("UnknownOperationException")
        }
    }

    private func wrap(
        _ plaintext: String, _ key: String, _ context: [String: String], showing shown: String?
    ) -> String {
        let blob = Self.random(64)
        lock.withLock {
            wrapped[blob] = Wrapped(key: key, plaintext: plaintext, context: context)
        }
        var members = ["KeyId": key, "CiphertextBlob": blob]
        members["Plaintext"] = shown
        return Self.json(members)
    }

    static func error(_ type: String) -> (status: Int, body: String) {
        (400, json(["__type": type, "message": "told by the service"]))
    }

    static func random(_ count: Int) -> String {
        Data((0..<count).map { _ in UInt8.random(in: 0...255) }).base64EncodedString()
    }

    private static func json(_ members: [String: String]) -> String {
        let data = try? JSONSerialization.data(
            withJSONObject: members, options: [.withoutEscapingSlashes])
        return String(decoding: data ?? Data(), as: UTF8.self)
    }
}

extension Workplace {
    /// What a command's environment needs to take its keys from a service elsewhere.
    static func variables(for url: String) -> String {
        "OKMS_ENDPOINT=\(url) AWS_REGION=\(StubKeyService.region) "
            + "AWS_ACCESS_KEY_ID=AKIDEXAMPLE AWS_SECRET_ACCESS_KEY=none "
    }
}

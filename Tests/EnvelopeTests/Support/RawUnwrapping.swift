import Envelope
import Foundation
import LibCrypto
import OKMS

/// Raw AES and RSA wrapped keys, which sealpipe does not speak but the official vectors use.
enum RawUnwrapping {
    struct Refused: Error {}

    /// Raw AES: provider info is `keyName ‖ tagBits:4 ‖ ivLength:4 ‖ iv:12`.
    static func aes(
        _ wrapped: WrappedKey, key: [UInt8], context: EncryptionContext
    ) throws -> [UInt8] {
        let iv = Array(wrapped.providerInfo.suffix(12))
        let additionalData = context.isEmpty ? [] : context.canonicalBytes
        let (text, tag) = (wrapped.ciphertext.dropLast(16), Array(wrapped.ciphertext.suffix(16)))
        var gcm = try AESGCM(.decrypt, key: Sample.secret(key))
        try gcm.begin(iv: iv.span, additionalData: additionalData.span)
        let dataKey = try [UInt8](capacity: text.count) { output in
            try gcm.update(Array(text).span, appendingTo: &output)
        }
        try gcm.verify(tag: tag.span)
        return dataKey
    }

    static let openssl = "/usr/bin/openssl"
    static var hasOpenSSL: Bool { FileManager.default.isExecutableFile(atPath: openssl) }

    /// Raw RSA with OAEP, through the program: no RSA of our own for the sake of tests.
    static func rsa(_ wrapped: WrappedKey, pem: String, hash: String) throws -> [UInt8] {
        let folder = FileManager.default.temporaryDirectory
            .appending(path: "sealpipe-tests-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: folder) }
        let (key, text) = (folder.appending(path: "key"), folder.appending(path: "text"))
        let out = folder.appending(path: "out")
        try Data(pem.utf8).write(to: key)
        try Data(wrapped.ciphertext).write(to: text)
        let process = Process()
        process.executableURL = URL(filePath: openssl)
        process.arguments =
            ["pkeyutl", "-decrypt", "-inkey", key.path, "-in", text.path, "-out", out.path]
            + ["rsa_padding_mode:oaep", "rsa_oaep_md:\(hash)", "rsa_mgf1_md:\(hash)"]
            .flatMap { ["-pkeyopt", $0] }
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Refused() }
        return Array(try Data(contentsOf: out))
    }
}

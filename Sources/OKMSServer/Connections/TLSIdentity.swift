private import Glibc
private import NIOConcurrencyHelpers
import NIOSSL

/// The certificate the server shows and the key behind it, read from files, and again when asked to.
package final class TLSIdentity: Sendable {
    private let certificateFile: String
    private let keyFile: String
    private let current: NIOLockedValueBox<NIOSSLContext>

    /// `certificateFile` holds the chain in PEM, the server's own certificate first.
    package init(certificateFile: String, keyFile: String) throws(ServerError) {
        self.certificateFile = certificateFile
        self.keyFile = keyFile
        current = NIOLockedValueBox(try Self.load(certificateFile, keyFile))
    }

    var context: NIOSSLContext { current.withLockedValue { $0 } }

    /// Takes the files as they are now, for new connections. After an error all stays as it was.
    package func reload() throws(ServerError) {
        let context = try Self.load(certificateFile, keyFile)
        current.withLockedValue { $0 = context }
    }

    private static func checkReadable(_ path: String) throws(ServerError) {
        guard unsafe access(path, R_OK) != 0 else { return }
        throw .cannotRead(path, errno: errno)
    }

    private static func load(
        _ certificateFile: String, _ keyFile: String
    ) throws(ServerError) -> NIOSSLContext {
        let chain: [NIOSSLCertificate]
        let key: NIOSSLPrivateKey
        try checkReadable(certificateFile)
        do {
            chain = try NIOSSLCertificate.fromPEMFile(certificateFile)
        } catch {
            throw .cannotLoad(certificateFile, what: "certificates in PEM")
        }
        guard !chain.isEmpty else {
            throw .cannotLoad(certificateFile, what: "certificates in PEM")
        }
        try checkReadable(keyFile)
        do {
            key = try NIOSSLPrivateKey(file: keyFile, format: .pem)
        } catch {
            throw .cannotLoad(keyFile, what: "private key in PEM, without a passphrase")
        }
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = ["http/1.1"]
        do {
            return try NIOSSLContext(configuration: configuration)
        } catch {
            throw .mismatchedKey(certificate: certificateFile, key: keyFile)
        }
    }
}

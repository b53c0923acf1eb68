import Foundation
import OKMSEngine
import OKMSServerSupport
import Testing

/// TLS with a private authority, seen by openssl.
@Suite(.serialized) struct TLSTests {
    /// Makes an authority and a certificate for 127.0.0.1 with the number given.
    private func makeCertificate(in place: Place, serial: Int) throws {
        let script = """
            set -e
            [ -e ca.pem ] || openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
              -keyout ca.key -out ca.pem -subj /CN=authority -days 2
            openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout tls.key \
              -out tls.csr -subj /CN=okmsd
            printf 'subjectAltName=IP:127.0.0.1' >ext
            openssl x509 -req -in tls.csr -CA ca.pem -CAkey ca.key -set_serial \(serial) \
              -extfile ext -out tls.pem -days 2
            """
        let ending = try place.run("/bin/sh", ["-c", script])
        try #require(ending.status == 0, "\(ending.err)")
    }

    /// Sends a request over TLS and returns all that openssl says, and the answer.
    private func ask(
        _ port: Int, _ request: String, in place: Place, _ options: String...
    ) throws -> Ending {
        try place.run(
            "/usr/bin/openssl",
            ["s_client", "-connect", "127.0.0.1:\(port)", "-CAfile", "ca.pem", "-ign_eof"]
                + ["-verify_return_error", "-verify_ip", "127.0.0.1"] + options, input: request)
    }

    private let health = "GET /health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"

    @Test func `requests are served over TLS, 1_2 and later, to who trusts the authority`()
        throws
    {
        let place = try Place()
        try makeCertificate(in: place, serial: 1)
        let daemon = try place.serve("--tls-certificate", "tls.pem", "--tls-key", "tls.key")
        let engine = try OKMSEngine(store: place("store"))
        let client = TestClient(try engine.createAccessKey(for: engine.defaultAccount))
        let request = try client.bytes("ListKeys").replacingOccurrences(
            of: "\r\nContent-Length", with: "\r\nConnection: close\r\nContent-Length")
        for version in ["-tls1_2", "-tls1_3"] {
            let answer = try ask(daemon.port, request, in: place, version)
            #expect(answer.out.contains("HTTP/1.1 200 OK"), "\(answer)")
            #expect(answer.out.contains("\"Keys\""))
        }
        let old = try ask(
            daemon.port, request, in: place, "-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0")
        #expect(!old.out.contains("HTTP/1.1"))
        let plain = try RawConnection(port: daemon.port)
        plain.send(health)
        #expect(!plain.readToEnd().contains("200"))
    }

    @Test func `a new certificate is taken on SIGHUP, a bad one is not`() throws {
        let place = try Place()
        try makeCertificate(in: place, serial: 11)
        let daemon = try place.serve("--tls-certificate", "tls.pem", "--tls-key", "tls.key")
        let before = try certificate(daemon, in: place)
        try makeCertificate(in: place, serial: 12)
        daemon.signal(SIGHUP)
        #expect(try wait { try certificate(daemon, in: place) != before })
        let after = try certificate(daemon, in: place)
        try Data("none".utf8).write(to: URL(fileURLWithPath: place("tls.pem")))
        daemon.signal(SIGHUP)
        #expect(try wait { try daemon.logLines().contains { $0.contains("not reloaded") } })
        #expect(try certificate(daemon, in: place) == after)
    }

    /// The certificate that a server shows, in PEM.
    private func certificate(_ daemon: Daemon, in place: Place) throws -> String {
        let out = try ask(daemon.port, health, in: place).out
        let begin = try #require(out.range(of: "-----BEGIN CERTIFICATE-----"))
        let end = try #require(out.range(of: "-----END CERTIFICATE-----"))
        return String(out[begin.lowerBound..<end.upperBound])
    }

    /// Waits until something is so, for a minute at most.
    private func wait(until isSo: () throws -> Bool) rethrows -> Bool {
        for _ in 0..<600 {
            if try isSo() { return true }
            Thread.sleep(forTimeInterval: 0.1)
        }
        return false
    }

    @Test func `a key that is another certificate's is status 12, a missing file 10`() throws {
        let place = try Place()
        try makeCertificate(in: place, serial: 1)
        _ = try place.run("/bin/sh", ["-c", "cp tls.pem other.pem"])
        try makeCertificate(in: place, serial: 2)
        func status(_ certificate: String, _ key: String) throws -> Int32 {
            try place.okmsd(
                "serve", "--listen", "127.0.0.1:0", "--tls-certificate", certificate, "--tls-key",
                key
            ).status
        }
        #expect(try status("other.pem", "tls.key") == 12)
        #expect(try status("missing.pem", "tls.key") == 10)
        #expect(try status("tls.pem", "missing.key") == 10)
    }
}

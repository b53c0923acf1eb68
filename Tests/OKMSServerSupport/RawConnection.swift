import Glibc
import Testing

/// A TCP connection to a server under test, for bytes that no HTTP library would send.
package final class RawConnection: Sendable {
    package struct Refused: Error {}

    private let descriptor: CInt

    package init(port: Int) throws {
        descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
        let connected = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else { throw Refused() }
        // A server that does not answer fails a test instead of stopping it.
        var limit = timeval(tv_sec: 60, tv_usec: 0)
        unsafe setsockopt(
            descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { close(descriptor) }

    package func send(_ text: String) { send(Array(text.utf8)) }

    /// What a server that has closed does not take is dropped.
    package func send(_ bytes: [UInt8]) {
        var done = 0
        while done < bytes.count {
            let sent = unsafe bytes.withUnsafeBytes {
                unsafe Glibc.send(
                    descriptor, $0.baseAddress?.advanced(by: done), bytes.count - done,
                    CInt(MSG_NOSIGNAL))
            }
            guard sent > 0 else { return }
            done += sent
        }
    }

    package func endOutput() { shutdown(descriptor, CInt(SHUT_WR)) }

    /// Has the end of the connection be a reset: nothing more can be sent to it.
    package func resetWhenClosed() {
        var end = linger(l_onoff: 1, l_linger: 0)
        unsafe setsockopt(
            descriptor, SOL_SOCKET, SO_LINGER, &end, socklen_t(MemoryLayout<linger>.size))
    }

    /// Everything until the server closes; a reset counts as that.
    package func readToEnd() -> String {
        var text: [UInt8] = []
        while let more = readSome() { text += more }
        return String(decoding: text, as: UTF8.self)
    }

    /// One response: its head, and as much body as it says.
    package func readResponse() throws -> RawResponse {
        try #require(try? answer(), "the connection was closed before an answer")
    }

    /// The same, without failing a test.
    package func answer() throws -> RawResponse {
        var bytes: [UInt8] = []
        while true {
            if let response = RawResponse(bytes) { return response }
            guard let more = readSome() else { throw Refused() }
            bytes += more
        }
    }

    private func readSome() -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = unsafe recv(descriptor, &buffer, buffer.count, 0)
        return count > 0 ? Array(buffer[..<count]) : nil
    }
}

/// A response as it came.
package struct RawResponse {
    package let status: Int
    package let head: String
    package let body: String

    /// Nil unless it is complete.
    package init?(_ bytes: [UInt8]) {
        let text = String(decoding: bytes, as: UTF8.self)
        guard let end = text.firstRange(of: "\r\n\r\n") else { return nil }
        head = String(text[..<end.lowerBound])
        body = String(text[end.upperBound...])
        let words = head.split(separator: " ", maxSplits: 2)
        guard words.count > 1, let status = Int(words[1]) else { return nil }
        self.status = status
        let length = Int(Self.header("content-length", in: head) ?? "0") ?? 0
        guard body.utf8.count >= length else { return nil }
    }

    package func header(_ name: String) -> String? { Self.header(name, in: head) }

    private static func header(_ name: String, in head: String) -> String? {
        for line in head.split(separator: "\r\n").dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            if parts.count == 2, parts[0].lowercased() == name.lowercased() {
                return String(parts[1].drop { $0 == " " })
            }
        }
        return nil
    }
}

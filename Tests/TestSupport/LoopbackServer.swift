import Foundation
import Glibc

/// Serves HTTP on a port of its own, as badly as a test wants.
package final class LoopbackServer: @unchecked Sendable {
    package struct Request: Sendable {
        package let head: String
        package let body: [UInt8]
        /// How many requests came before over the same connection.
        package let earlier: Int

        package func header(_ name: String) -> String? {
            head.split(separator: "\r\n").first {
                $0.lowercased().hasPrefix(name.lowercased() + ":")
            }
            .map { $0.dropFirst(name.count + 1).trimmingCharacters(in: .whitespaces) }
        }
    }

    package enum Reply: Sendable {
        case answer(Int, String, headers: [String] = [])
        /// The same, then ends the connection.
        case lastAnswer(Int, String)
        /// The same, then refuses all further connections.
        case farewell(Int, String)
        /// The same, byte by byte, over some seconds.
        case slowAnswer(Int, String, seconds: Double)
        /// Says more than it sends, then ends.
        case cut
        /// Ends without a word.
        case close
        /// Says nothing until the client goes.
        case silence
        /// Sends for ever, as fast as the client reads.
        case flood
    }

    package let port: Int
    private let door: Door
    private let lock = NSLock()
    private var seen: [Request] = []
    /// What it says before it is asked.
    private let greeting: String
    private let handle: @Sendable (Request, _ number: Int) -> Reply

    package var url: String { "http://127.0.0.1:\(port)" }
    package var requests: [Request] { lock.withLock { seen } }

    /// `handle` gets the number of the request, from 0. Unless it is `open`, connections are refused
    /// until it is told to `listen`.
    package init(
        greeting: String = "", open: Bool = true,
        _ handle: @escaping @Sendable (Request, Int) -> Reply
    ) throws {
        self.greeting = greeting
        self.handle = handle
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        port = try bindToLoopback(listener, keepingPort: true)
        door = Door(listener)
        if open { listen() }
        Thread.detachNewThread { [door, weak self] in
            while let connection = door.nextConnection() {
                Thread.detachNewThread { [weak self] in
                    self?.serve(connection)
                    close(connection)
                }
            }
        }
    }

    deinit { stop() }

    /// Takes connections, from now on or again.
    package func listen() { door.open() }

    /// Refuses connections from now on; those there are go on. The port stays taken.
    package func refuse() { door.shut() }

    /// Ends the thread that takes connections, which then closes the port.
    package func stop() { door.remove() }

    private func serve(_ connection: Int32) {
        guard send(greeting, connection) else { return }
        var earlier = 0
        while let request = read(connection, earlier) {
            let number = lock.withLock {
                seen.append(request)
                return seen.count - 1
            }
            earlier += 1
            guard reply(handle(request, number), to: connection) else { return }
        }
    }

    /// Whether the connection goes on.
    private func reply(_ reply: Reply, to connection: Int32) -> Bool {
        switch reply {
        case .answer(let status, let body, let headers):
            let head = ["HTTP/1.1 \(status) X", "Content-Length: \(body.utf8.count)"] + headers
            return send(head.joined(separator: "\r\n") + "\r\n\r\n" + body, connection)
        case .lastAnswer(let status, let body):
            _ = self.reply(.answer(status, body), to: connection)
            return false
        case .farewell(let status, let body):
            refuse()
            return self.reply(.lastAnswer(status, body), to: connection)
        case .slowAnswer(let status, let body, let seconds):
            let text = "HTTP/1.1 \(status) X\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
            for character in text {
                guard send(String(character), connection) else { return false }
                Thread.sleep(forTimeInterval: seconds / Double(text.count))
            }
            return true
        case .cut:
            _ = send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{\"half", connection)
            return false
        case .close: return false
        case .silence:
            var byte: UInt8 = 0
            while unsafe recv(connection, &byte, 1, 0) > 0 {}
            return false
        case .flood:
            var goesOn = send("HTTP/1.1 200 OK\r\n\r\n", connection)
            while goesOn { goesOn = send(String(repeating: "x", count: 4096), connection) }
            return false
        }
    }

    private func send(_ text: String, _ connection: Int32) -> Bool {
        let bytes = Array(text.utf8)
        return unsafe Glibc.send(connection, bytes, bytes.count, Int32(MSG_NOSIGNAL))
            == bytes.count
    }

    private func read(_ connection: Int32, _ earlier: Int) -> Request? {
        var head: [UInt8] = []
        while !head.suffix(4).elementsEqual("\r\n\r\n".utf8) {
            var byte: UInt8 = 0
            guard unsafe recv(connection, &byte, 1, 0) == 1 else { return nil }
            head.append(byte)
        }
        let text = String(decoding: head, as: UTF8.self)
        let bare = Request(head: text, body: [], earlier: earlier)
        let count = bare.header("Content-Length").flatMap { Int($0) } ?? 0
        var body = [UInt8](repeating: 0, count: count)
        var got = 0
        while got < count {
            let piece = unsafe body.withUnsafeMutableBytes { bytes in
                unsafe recv(connection, bytes.baseAddress?.advanced(by: got), count - got, 0)
            }
            guard piece > 0 else { return nil }
            got += piece
        }
        return Request(head: text, body: body, earlier: earlier)
    }
}

/// The socket of a server, which may be shut for a while. Shared between threads.
private final class Door: @unchecked Sendable {
    // Sendable: `state` is touched only with the condition's lock held; the listener never changes.
    private enum State { case open, shut, removed }

    private let listener: Int32
    private let condition = NSCondition()
    private var state = State.shut

    init(_ listener: Int32) { self.listener = listener }

    func open() {
        set(.open) { _ = Glibc.listen(listener, 64) }
    }

    func shut() {
        set(.shut) { _ = shutdown(listener, Int32(SHUT_RDWR)) }
    }

    func remove() {
        set(.removed) { _ = shutdown(listener, Int32(SHUT_RDWR)) }
    }

    private func set(_ new: State, _ work: () -> Void) {
        condition.lock()
        defer { condition.unlock() }
        guard state != .removed, state != new else { return }
        state = new
        work()
        condition.broadcast()
    }

    /// Waits while it is shut; nil once it is removed.
    func nextConnection() -> Int32? {
        while true {
            condition.lock()
            while state == .shut { condition.wait() }
            let isOpen = state == .open
            condition.unlock()
            guard isOpen else { break }
            let connection = accept(listener, nil, nil)
            if connection >= 0 { return connection }
        }
        // Not before: another server's socket might get the number while this thread still uses it.
        close(listener)
        return nil
    }
}

import Glibc
import Pipeline
import SystemIO

/// Bytes of unknown number: standard input, or what a program prints.
protocol StreamSource: Sendable, CustomStringConvertible {
    /// Hands out the bytes as they come, until their end; gives up when the flow has failed.
    func read(_ flow: Flow, _ body: (Span<UInt8>) throws -> Void) throws
}

/// Standard input.
struct StandardInput: StreamSource {

    var description: String { "standard input" }

    func read(_ flow: Flow, _ body: (Span<UInt8>) throws -> Void) throws {
        try readAll(from: 0, flow, body)
    }
}

/// Reads a descriptor to its end, looking now and then whether the flow still stands.
func readAll(
    from descriptor: Int32, _ flow: Flow, _ body: (Span<UInt8>) throws -> Void
) throws {
    let buffer = try Buffer(capacity: 1 << 20)
    while true {
        try waitUntilReady(descriptor, Int16(POLLIN), flow)
        let (got, number) = buffer.withMutableBytes(0..<buffer.capacity) { bytes in
            unsafe bytes.withUnsafeMutableBytes { bytes in
                guard let start = bytes.baseAddress else { return (0, Int32(0)) }
                let got = unsafe read(descriptor, start, bytes.count)
                return (got, got < 0 ? errno : 0)
            }
        }
        if got == 0 { return }
        if got < 0 {
            if [EINTR, EAGAIN].contains(number) { continue }
            throw JobError(.failed, "cannot read: \(systemMessage(number))")
        }
        buffer.count = got
        try buffer.withBytes { try body($0) }
    }
}

/// Standard output, for data.
enum StandardOutput {
    static func write(_ bytes: Span<UInt8>, _ flow: Flow) throws {
        // A pipe that is ready takes so much without waiting, and more only when its reader comes: a
        // reader who stops must not hold us when we are told to end.
        var status = stat()
        let isFile = unsafe fstat(1, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
        let limit = isFile ? 1 << 20 : Int(PIPE_BUF)
        var done = 0
        while done < bytes.count {
            try waitUntilReady(1, Int16(POLLOUT), flow)
            let (put, number) = unsafe bytes.withUnsafeBytes { bytes in
                let count = min(bytes.count - done, limit)
                let put = unsafe Glibc.write(1, bytes.baseAddress?.advanced(by: done), count)
                return (put, put < 0 ? errno : 0)
            }
            if put >= 0 {
                done += put
            } else if ![EINTR, EAGAIN].contains(number) {
                let reason = systemMessage(number)
                throw JobError(
                    isOutOfSpace(number) ? .exhausted : .failed, "standard output: \(reason)")
            }
        }
    }
}

private func waitUntilReady(_ descriptor: Int32, _ events: Int16, _ flow: Flow) throws {
    while true {
        try flow.check()
        var item = pollfd(fd: descriptor, events: events, revents: 0)
        let status = unsafe poll(&item, 1, 200)
        if status > 0 { return }
        if status < 0, errno != EINTR {
            throw JobError(.failed, "poll: \(systemMessage(errno))")
        }
    }
}

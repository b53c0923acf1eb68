import Dispatch
import Foundation
import Glibc
import SystemIO
import Testing

@Suite(.timeLimit(.minutes(1))) struct TransferTests {
    private func read(
        _ descriptor: Int32, _ count: Int, at offset: Int? = nil
    ) -> (bytes: [UInt8], failure: Int32) {
        var bytes = [UInt8](repeating: 0, count: count)
        var span = bytes.mutableSpan
        let (got, failure) = Transfer.read(descriptor, at: offset, into: &span)
        return (Array(bytes.prefix(got)), failure)
    }

    @Test func `a file is written and read at offsets, and where it stands`() throws {
        let path = "\(NSTemporaryDirectory())/transfer-\(UUID().uuidString)"
        let file = unsafe open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        try #require(file >= 0)
        unsafe unlink(path)
        defer { close(file) }
        let bytes = Array("sealed".utf8)
        #expect(Transfer.write(bytes.span, to: file, at: 3) == 0)
        #expect(Transfer.write(bytes.span.extracting(first: 3), to: file) == 0)
        #expect(read(file, 100, at: 0) == (Array("seasealed".utf8), 0))
        #expect(read(file, 2, at: 3) == (Array("se".utf8), 0))
        #expect(read(file, 100) == (bytes, 0))
        #expect(read(file, 100) == ([], 0))
    }

    @Test func `what comes in pieces is read whole`() throws {
        var ends: [Int32] = [-1, -1]
        try #require(unsafe pipe(&ends) == 0)
        let (reading, writing) = (ends[0], ends[1])
        defer { close(reading) }
        // More than a pipe holds, so that the writer waits, too.
        let sent = (0..<300_000).map { UInt8(truncatingIfNeeded: $0) }
        let group = DispatchGroup()
        DispatchQueue(label: "writer").async(group: group) {
            #expect(Transfer.write(sent.span, to: writing) == 0)
            close(writing)
        }
        #expect(read(reading, 400_000) == (sent, 0))
        group.wait()
    }

    @Test func `an error comes with what was done before it`() throws {
        #expect(read(-1, 5) == ([], EBADF))
        let full = unsafe open("/dev/full", O_RDWR | O_CLOEXEC)
        try #require(full >= 0)
        defer { close(full) }
        let bytes: [UInt8] = [1, 2, 3]
        #expect(Transfer.write(bytes.span, to: full) == ENOSPC)
        #expect(systemMessage(ENOSPC) == "No space left on device")
    }
}

/// Tuples have no `==` of their own where they have labels.
private func == (
    one: (bytes: [UInt8], failure: Int32), other: ([UInt8], Int32)
) -> Bool { one.bytes == other.0 && one.failure == other.1 }

import Archive
import Envelope
import Pipeline
import Storage

/// Reads lines that were compressed and sealed as one message, in the memory of one frame. One thread's
/// own.
final class SealedLineReader {
    private let file: StoredFile
    private var message: MessageReader
    private let zstd = ZstdStream(.decompress)
    private var position = 0
    private let stored: Buffer
    private var plaintext: [UInt8] = []
    /// How much of `plaintext` has been decompressed.
    private var decompressed = 0
    /// Where the lines that `next` returns lie, until it is called again.
    private(set) var text: [UInt8] = []
    private var start = 0

    init(
        _ file: StoredFile,
        verify: @escaping (UnverifiedHeader) throws(EnvelopeError) -> VerifiedMessage
    ) throws(Shortage) {
        self.file = file
        stored = try Buffer(capacity: 1 << 20)
        message = MessageReader(verifyingWith: verify)
    }

    /// The next line, without its end; nil after the last one, when the message was complete.
    func next() throws -> Range<Int>? {
        var searched = start
        while true {
            if let end = text[searched...].firstIndex(of: UInt8(ascii: "\n")) {
                defer { start = end + 1 }
                return start..<end
            }
            searched = text.count - start
            text.removeSubrange(..<start)
            start = 0
            guard try refill() else {
                guard text.isEmpty else { throw damaged("ends within a line") }
                return nil
            }
        }
    }

    /// Adds text; false at the end. Decompresses a few bytes at a time, for they can become a
    /// thousand times as many.
    private func refill() throws -> Bool {
        let before = text.count
        while text.count == before {
            guard decompressed < plaintext.count else {
                guard try readMessage() else { return false }
                continue
            }
            let slice = decompressed..<min(decompressed + 4096, plaintext.count)
            decompressed = slice.upperBound
            let compressed = Array(plaintext[slice])
            do {
                try zstd.write(compressed.span) { text.append(copying: $0) }
            } catch {
                throw damaged("\(error)")
            }
        }
        return true
    }

    /// Opens the next piece of the message into `plaintext`; false when the message has ended.
    private func readMessage() throws -> Bool {
        guard position < file.byteCount else {
            do {
                try message.finish()
                try zstd.finish { _ in }
            } catch {
                throw damaged("\(error)")
            }
            return false
        }
        let position = position
        let count = try stored.withMutableBytes(0..<stored.capacity) { bytes in
            try file.read(at: position, into: &bytes)
        }
        guard count > 0 else { throw damaged("became shorter while it was read") }
        stored.count = count
        self.position += count
        plaintext.removeAll(keepingCapacity: true)
        decompressed = 0
        do {
            try stored.withBytes { try message.read($0, appendingTo: &plaintext) }
        } catch {
            throw damaged("\(error)")
        }
        return true
    }

    func damaged(_ reason: String) -> JobError { .integrity(file.path, reason) }
}

extension [UInt8] {
    fileprivate mutating func append(copying bytes: Span<UInt8>) {
        unsafe bytes.withUnsafeBufferPointer { unsafe append(contentsOf: $0) }
    }
}

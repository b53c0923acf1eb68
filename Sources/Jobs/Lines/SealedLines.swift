import Archive
import Envelope
import LibCrypto
import OKMS
import Storage

/// Writes lines as a stream: compressed, sealed as one message, into a file. One thread's own.
final class SealedLines {
    private let file: NewFile?
    private let scratch: ScratchFile?
    private let zstd: ZstdStream
    let messageID: MessageID
    private var message: MessageWriter
    private var digest = SHA256()
    private var byteCount = 0
    private var pending: [UInt8] = []
    private var sealed: [UInt8] = []

    /// Without a `file` the message is made and thrown away.
    init(level: Int, key: ArchiveKey, in file: NewFile?) throws {
        zstd = ZstdStream(.compress(level: level))
        messageID = try .random()
        message = try MessageWriter(
            dataKey: key.dataKey, wrappedKeys: key.wrappedKeys, context: key.context,
            messageID: messageID)
        self.file = file
        scratch = nil
    }

    /// Into a file that is gone with the run.
    init(
        level: Int, dataKey: borrowing SecretBytes, wrappedKeys: [WrappedKey],
        context: EncryptionContext, in scratch: ScratchFile
    ) throws {
        zstd = ZstdStream(.compress(level: level))
        messageID = try .random()
        message = try MessageWriter(
            dataKey: dataKey, wrappedKeys: wrappedKeys, context: context, messageID: messageID)
        file = nil
        self.scratch = scratch
    }

    /// Takes what `body` appends.
    func append(_ body: (inout [UInt8]) -> Void) throws {
        body(&pending)
        if pending.count >= 256 << 10 { try flush() }
    }

    /// Ends the message, makes it durable and describes it.
    func finish(named name: String) throws -> Manifest.File {
        try flush()
        try zstd.finish { try message.write($0, appendingTo: &sealed) }
        try message.finish(appendingTo: &sealed)
        try store()
        try file?.publish()
        return Manifest.File(
            name: name, message: messageID.bytes, length: byteCount, sha256: digest.finish())
    }

    private func flush() throws {
        let lines = pending
        try zstd.write(lines.span) { try message.write($0, appendingTo: &sealed) }
        pending.removeAll(keepingCapacity: true)
        try store()
    }

    private func store() throws {
        let bytes = sealed
        digest.update(bytes.span)
        try file?.write(bytes.span, at: byteCount)
        try scratch?.write(bytes.span, at: byteCount)
        byteCount += bytes.count
        sealed.removeAll(keepingCapacity: true)
    }
}

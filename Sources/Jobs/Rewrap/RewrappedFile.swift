import Archive
import Envelope
import Glibc
import LibCrypto
import Pipeline
import Storage

/// One part, or the catalog, of an archive that is rewrapped: the same message behind another header.
struct RewrappedFile: Sendable {
    private static let pieceByteCount = 8 << 20

    let description: Manifest.File
    let archive: OpenArchive
    let wrappedKeys: [WrappedKey]

    /// A message as it lies in the old archive, and what it has in front in the new one.
    private struct Opened {
        let file: StoredFile
        let message: VerifiedMessage
        let header: [UInt8]

        var oldHeader: Range<Int> { 0..<message.headerByteCount }
        /// Where its frames are in the old file.
        var body: Range<Int> { message.headerByteCount..<file.byteCount }
        /// By how much they move.
        var shift: Int { header.count - message.headerByteCount }
    }

    /// Not kept open: an archive has more parts than a process has descriptors.
    private func open() throws -> Opened {
        let (file, message) = try archive.openMessage(description)
        return Opened(file: file, message: message, header: try message.rewrapping(wrappedKeys))
    }

    /// Writes the new file and makes it durable.
    ///
    /// The old one is held against its digest while it is read: a new digest must not make damage
    /// look whole.
    func write(
        in archive: ReplacementArchive, _ buffer: Buffer, _ progress: RunProgress, _ flow: Flow
    ) throws -> Manifest.File {
        let opened = try open()
        let (old, body, shift) = (opened.file, opened.body, opened.shift)
        let file = try archive.create(description.name)
        var oldDigest = SHA256()
        var newDigest = SHA256()
        try read(old, opened.oldHeader, buffer) { oldDigest.update($0) }
        newDigest.update(opened.header.span)
        // All of it, header included, where nothing moves: then the file system can share blocks.
        var start = shift == 0 ? 0 : body.lowerBound
        while start < body.upperBound {
            try flow.check()
            let piece = start..<min(start + Self.pieceByteCount, body.upperBound)
            guard try file.copy(piece, of: old, to: piece.lowerBound + shift) == piece.count else {
                throw JobError.integrity(old.path, "became shorter while it was read")
            }
            file.startWriteback(piece.lowerBound + shift..<piece.upperBound + shift)
            try read(old, piece.clamped(to: body), buffer) {
                oldDigest.update($0)
                newDigest.update($0)
                progress.add(tarBytes: $0.count)
            }
            start = piece.upperBound
        }
        try file.write(opened.header.span, at: 0)
        guard hexadecimal(oldDigest.finish()) == description.sha256 else {
            throw JobError.integrity(old.path, "has another digest than the manifest says")
        }
        file.adoptOwner(of: old)
        try file.publish()
        return Manifest.File(
            name: description.name, message: opened.message.header.messageID.bytes,
            length: opened.header.count + body.count, sha256: newDigest.finish())
    }

    /// Reads the new file back: its header must open under the data key, its digest be the one in the
    /// manifest, and every byte of its frames be the old one.
    func verify(
        in copy: OpenArchive, as description: Manifest.File, _ buffers: (Buffer, Buffer),
        _ progress: RunProgress, _ flow: Flow
    ) throws {
        let opened = try open()
        let (old, body, shift) = (opened.file, opened.body, opened.shift)
        let (file, message) = try copy.openMessage(description)
        guard message.header.messageID == opened.message.header.messageID,
            message.header.content == opened.message.header.content,
            message.header.commitment == opened.message.header.commitment,
            message.headerByteCount == opened.header.count,
            file.byteCount == opened.header.count + body.count
        else { throw JobError.integrity(file.path, "is another message than was copied") }
        var digest = SHA256()
        try read(file, 0..<opened.header.count, buffers.0) { digest.update($0) }
        var start = body.lowerBound
        while start < body.upperBound {
            try flow.check()
            let piece = start..<min(start + buffers.0.capacity, body.upperBound)
            try read(file, piece.lowerBound + shift..<piece.upperBound + shift, buffers.0) { new in
                digest.update(new)
                try read(old, piece, buffers.1) { old in
                    guard old.elementsAreEqual(to: new) else {
                        throw JobError.integrity(file.path, "has other frames than were copied")
                    }
                }
                progress.add(tarBytes: new.count)
            }
            start = piece.upperBound
        }
        guard hexadecimal(digest.finish()) == description.sha256 else {
            throw JobError.integrity(file.path, "was not stored as it was written")
        }
    }

    /// Hands out a range, piece by piece.
    private func read(
        _ file: StoredFile, _ range: Range<Int>, _ buffer: Buffer,
        _ body: (Span<UInt8>) throws -> Void
    ) throws {
        var offset = range.lowerBound
        while offset < range.upperBound {
            let (position, room) = (offset, min(buffer.capacity, range.upperBound - offset))
            let count = try buffer.withMutableBytes(0..<room) { bytes in
                try file.read(at: position, into: &bytes)
            }
            guard count > 0 else {
                throw JobError.integrity(file.path, "became shorter while it was read")
            }
            buffer.count = count
            try buffer.withBytes { try body($0) }
            offset += count
        }
    }
}

extension Span<UInt8> {
    /// Whether both hold the same bytes; not for secrets.
    fileprivate func elementsAreEqual(to other: Span<UInt8>) -> Bool {
        guard count == other.count else { return false }
        return unsafe withUnsafeBytes { one in
            unsafe other.withUnsafeBytes { other in
                guard let one = one.baseAddress, let other = other.baseAddress else { return true }
                return unsafe memcmp(one, other, count) == 0
            }
        }
    }
}

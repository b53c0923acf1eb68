import Archive
import Envelope
import LibCrypto
import Locking
import Storage

/// A part while it is written: its keys, its file and where the next frame goes.
///
/// `file` is nil where parts are not stored but thrown away or written to standard output.
final class PartInProgress: Sendable {
    let number: Int
    let name: String
    let keys: MessageKeys
    let header: [UInt8]
    let frameByteCount: Int
    let file: NewFile?
    /// Nil where a run cannot go on with what was left unfinished.
    let journal: PartJournal?
    /// Of all that was stored so far.
    let digest = Monitor(SHA256())

    var record: PartRecord { Self.record(number, keys) }

    private static func record(_ number: Int, _ keys: MessageKeys) -> PartRecord {
        PartRecord(number: number, message: hexadecimal(keys.messageID.bytes))
    }

    init(
        number: Int, codec: Manifest.Codec, key: ArchiveKey, frameByteCount: Int,
        in archive: PartialArchive?, isJournaled: Bool = false
    ) throws {
        self.number = number
        self.frameByteCount = frameByteCount
        name = codec.partName(number)
        keys = try MessageKeys.derive(from: key.dataKey, messageID: .random())
        header = try MessageHeader(
            keys: keys, context: key.context, wrappedKeys: key.wrappedKeys,
            frameByteCount: frameByteCount
        ).serialized(with: keys)
        file = try archive?.create(name)
        journal =
            try isJournaled
            ? archive.map { [keys] archive in
                try PartJournal(Self.record(number, keys), key: key, in: archive)
            } : nil
    }
}

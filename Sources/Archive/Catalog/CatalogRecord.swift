/// A line of the catalog.
///
/// The lines follow the tar: each chunk is followed by the entries whose headers begin in it and by
/// the notes made while it was read; each part is named before its first chunk. So an archive is restored in one pass over its catalog.
/// Source: docs/formats/catalog.md.
package enum CatalogRecord: Sendable, Equatable {
    case header(CatalogHeader)
    case part(PartRecord)
    case chunk(ChunkRecord)
    case entry(CatalogEntry)
    case note(ReadProblem)
    case end(CatalogEnd)
}

/// The first line: which archive this is the catalog of.
package struct CatalogHeader: Sendable, Equatable {
    package static let version = 1
    package let archiveID: String
    /// `zstd` or `none`.
    package let codec: String

    package init(archiveID: String, codec: String) {
        self.archiveID = archiveID
        self.codec = codec
    }
}

/// Which message a part is: with this the catalog vouches for the parts and their order, also where the
/// manifest is lost.
package struct PartRecord: Sendable, Equatable {
    package let number: Int
    /// The message id, hexadecimal as in the manifest.
    package let message: String

    package init(number: Int, message: String) {
        self.number = number
        self.message = message
    }
}

/// Where a piece of the tar lies.
package struct ChunkRecord: Sendable, Equatable {
    /// The number of the part.
    package let part: Int
    /// The bytes in the part's plaintext.
    package let stored: Range<Int>
    /// The bytes in the tar.
    package let tar: Range<Int>

    package init(part: Int, stored: Range<Int>, tar: Range<Int>) {
        self.part = part
        self.stored = stored
        self.tar = tar
    }
}

/// An entry and the length of its tar header. Entries lie one behind the other, so where one begins
/// follows from those before it: see `TarPlace`.
package struct CatalogEntry: Sendable, Equatable {
    package let entry: Entry
    package let headerByteCount: Int

    package init(entry: Entry, headerByteCount: Int) {
        self.entry = entry
        self.headerByteCount = headerByteCount
    }
}

/// Where an entry lies in the tar.
package struct TarPlace: Sendable, Equatable {
    package let header: Range<Int>
    package let data: Range<Int>

    /// The place of an entry whose header begins at `offset`.
    package init(of entry: CatalogEntry, at offset: Int) {
        header = offset..<offset + entry.headerByteCount
        data = header.upperBound..<header.upperBound + entry.entry.storedByteCount
    }

    /// Where the next entry begins: data is filled up to whole blocks.
    ///
    /// At most 2⁶¹, which no chunk reaches, so that the places of whatever entries a catalog may name
    /// can be added up.
    package var end: Int {
        let block = TarHeaderWriter.blockByteCount
        return min((data.upperBound + block - 1) / block * block, 1 << 61)
    }
}

/// The last line: what must have come before it.
package struct CatalogEnd: Sendable, Equatable {
    package let entries: Int
    package let chunks: Int
    package let tarByteCount: Int

    package init(entries: Int, chunks: Int, tarByteCount: Int) {
        self.entries = entries
        self.chunks = chunks
        self.tarByteCount = tarByteCount
    }
}

/// What went wrong while an entry was read.
package struct ReadProblem: Sendable, Equatable {
    package enum Kind: String, Sendable {
        /// Could not be opened, listed or read; what could not be read is zeroes.
        case unreadable
        /// Was shorter than at first; what is missing is zeroes.
        case shrank
        /// Was longer than at first; what was added is left out.
        case grew
        /// Was written to while it was read.
        case changed
        /// Was gone before it could be read.
        case vanished
        /// A socket, which no archive could hold; or on another file system, where that was not wanted.
        case skipped
    }

    package let path: [UInt8]
    package let kind: Kind
    /// Why, in the system's words, or the length that was found.
    package let detail: String

    package init(path: [UInt8], kind: Kind, detail: String) {
        self.path = path
        self.kind = kind
        self.detail = detail
    }

    static func changed(_ path: [UInt8]) -> ReadProblem {
        ReadProblem(path: path, kind: .changed, detail: "written to while it was read")
    }

    /// Sockets are left out by design; all else makes a run partial.
    package var makesRunPartial: Bool { kind != .skipped }
}

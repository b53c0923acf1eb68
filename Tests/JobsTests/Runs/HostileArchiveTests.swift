import Archive
import Envelope
import Foundation
import LibCrypto
import OKMS
import Storage
import Testing

@testable import Jobs

/// Archives that are authentic but lie: made with the key by somebody who means harm. Whatever they
/// say, nothing is written outside the directory, and nothing wrong gets a final name.
@Suite struct HostileArchiveTests {
    private let place: Workplace
    private let time = Entry.Time(seconds: 1_700_000_000, nanoseconds: 0)
    private static let name = ArchiveName(seconds: 1_700_000_000, milliseconds: 0)

    init() throws { place = try Workplace() }

    /// An archive of one part: `data` behind one another, and a catalog that says what it likes.
    private func forge(
        _ entries: [Entry], naming parts: (PartRecord) -> [PartRecord] = { [$0] },
        chunk: ChunkRecord? = nil, tar: [UInt8]? = nil
    ) throws {
        let service = try place.environment.keyService(.embedded, making: true)
        let id = UUID().uuidString.lowercased()
        let context = try EncryptionContext.empty.naming(archive: id)
        let key = try ArchiveKey(from: service, under: [.accountDefault], context: context)
        let set = try ArchiveSet(makingAt: place("set"))
        let partial = try set.begin(Self.name)

        var offset = 0
        var placed: [CatalogEntry] = []
        for entry in entries {
            placed.append(CatalogEntry(entry: entry, headerByteCount: 512))
            offset = TarPlace(of: placed[placed.count - 1], at: offset).end
        }
        let bytes = tar ?? [UInt8](repeating: 0x78, count: offset)
        let part = try PartInProgress(
            number: 0, codec: .none, key: key, frameByteCount: 4096, in: partial)
        var message = part.header
        var sealer = try FrameSealer(keys: part.keys, frameByteCount: 4096)
        for start in stride(from: 0, through: bytes.count, by: 4096) {
            let piece = Array(bytes[start..<min(start + 4096, bytes.count)])
            let sequence = UInt32(start / 4096 + 1)
            try message.append(addingCapacity: 5000) { room throws(EnvelopeError) in
                try sealer.seal(
                    piece.span, sequence: sequence, isFinal: piece.count < 4096, appendingTo: &room)
            }
        }
        try part.file?.write(message.span, at: 0)
        try part.file?.publish()
        let catalog = try CatalogWriter(archiveID: id, codec: .none, key: key, in: partial)
        let whole = chunk ?? ChunkRecord(part: 0, stored: 0..<bytes.count, tar: 0..<bytes.count)
        for record in parts(part.record) { try catalog.append(.part(record)) }
        try catalog.append(.chunk(whole))
        for entry in placed { try catalog.append(.entry(entry)) }
        let file = try catalog.finish(
            CatalogEnd(entries: placed.count, chunks: 1, tarByteCount: whole.tar.upperBound))
        let manifest = Manifest(
            archive: id, job: "forged", created: Self.name.timestamp, finished: "", tool: "test",
            codec: .none,
            keys: key.wrapped.map { .init(arn: $0.key.description, wrapped: $0.ciphertext) },
            context: [["sealpipe-archive", id]],
            sizes: .init(chunk: 1 << 20, frame: 4096, part: 1 << 20),
            totals: .init(entries: placed.count, content: 0, tar: bytes.count, stored: 0),
            problems: [], problemCount: 0,
            parts: [
                .init(
                    name: part.name, message: part.keys.messageID.bytes, length: message.count,
                    sha256: SHA256.digest(message.span))
            ], catalog: file)
        let text = try manifest.serialized(authenticatedBy: key.dataKey)
        let manifestFile = try partial.create(StoredArchive.manifestName)
        try manifestFile.write(text.span, at: 0)
        try manifestFile.publish()
        _ = try partial.commit()
    }

    private func file(_ path: String, size: Int = 3) -> Entry {
        Entry(path: Array(path.utf8), kind: .file, mode: 0o644, modified: time, size: size)
    }

    private func link(_ path: String, _ kind: Entry.Kind) -> Entry {
        Entry(path: Array(path.utf8), kind: kind, mode: 0o777, modified: time)
    }

    private func restoreError() -> JobError? {
        #expect(throws: JobError.self) {
            try place.run(.restore(place("set"), into: place("back")))
        }
    }

    @Test func `an honest forgery restores`() throws {
        try forge([link("d", .directory), file("d/f")])
        try place.run(.restore(place("set"), into: place("back")))
        #expect(try place.read("back/d/f") == [0x78, 0x78, 0x78])
    }

    @Test(arguments: ["../evil", "/tmp/evil", "a/../../evil", "a//b", "./a", "..", "a/."])
    func `a path that could lead out is refused`(path: String) throws {
        try forge([file(path)])
        #expect(restoreError()?.status == .integrity)
        #expect(try place.shell("find . -name 'evil*'; find back -type f").output == "")
    }

    @Test func `nothing is written through a link of the archive`() throws {
        try place.shell("mkdir outside")
        try forge([link("d", .symbolicLink(target: Array("../outside".utf8))), file("d/f")])
        #expect(restoreError() != nil)
        #expect(try place.shell("ls -A outside").output == "")
    }

    @Test func `nothing is written through a link that was there`() throws {
        try place.shell("mkdir outside back; ln -s ../outside back/d")
        try forge([link("d", .directory), file("d/f")])
        #expect(restoreError() != nil)
        #expect(try place.shell("ls -A outside").output == "")
    }

    @Test(arguments: ["../secret", "/etc/passwd", "d/../../secret"])
    func `a hard link cannot point out`(target: String) throws {
        try place.write("secret", [1])
        try forge([link("h", .hardLink(target: Array(target.utf8)))])
        #expect(restoreError()?.status == .integrity)
        #expect(try place.shell("ls back").output == "")
    }

    @Test func `a hard link does not follow a link that was there`() throws {
        try place.write("outside/secret", [1])
        try place.shell("mkdir back; ln -s ../outside back/d")
        try forge([link("h", .hardLink(target: Array("d/secret".utf8)))])
        #expect(restoreError() != nil)
        #expect(try place.shell("ls back").output == "d\n")
    }

    @Test func `a file that claims more data than there is gets no name`() throws {
        try forge([file("f", size: 5000)], tar: [UInt8](repeating: 0, count: 1024))
        #expect(restoreError()?.status == .integrity)
        #expect(try place.shell("ls -A back").output == "")
    }

    @Test(arguments: [
        ChunkRecord(part: 7, stored: 0..<1024, tar: 0..<1024),
        ChunkRecord(part: 0, stored: 0..<4096, tar: 0..<4096),
        ChunkRecord(part: 0, stored: 1 << 50..<1 << 51, tar: 0..<1024),
        ChunkRecord(part: 0, stored: 0..<1024, tar: 0..<1 << 40),
        ChunkRecord(part: 0, stored: 0..<512, tar: 0..<1024),
        ChunkRecord(part: 0, stored: 0..<1024, tar: 512..<1536),
    ])
    func `a chunk that cannot be is refused`(chunk: ChunkRecord) throws {
        try forge([file("f")], chunk: chunk, tar: [UInt8](repeating: 0, count: 1024))
        #expect(restoreError()?.status == .integrity)
        #expect(try place.shell("ls -A back").output == "")
    }

    @Test func `a catalog without parts restores, as early writers left them out`() throws {
        try forge([file("f")], naming: { _ in [] })
        try place.run(.restore(place("set"), into: place("back")))
    }

    @Test(
        arguments: [
            { (part: PartRecord) in
                [PartRecord(number: 0, message: String(part.message.reversed()))]
            },
            { [PartRecord(number: 1, message: $0.message)] },
            { [$0, $0] },
            { [$0, PartRecord(number: 1, message: $0.message)] },
        ] as [@Sendable (PartRecord) -> [PartRecord]])
    func `a catalog that does not agree with the manifest about the parts is refused`(
        parts: @Sendable (PartRecord) -> [PartRecord]
    ) throws {
        try forge([file("f")], naming: parts)
        #expect(restoreError()?.status == .integrity)
        #expect(try place.shell("ls -A back").output == "")
    }

    @Test func `a tar that says something else than its catalog is found`() throws {
        try forge([file("f")])
        let report = try ArchiveVerifier(
            at: place("set"), withKey: true, environment: place.environment,
            progress: RunProgress()
        ).run()
        #expect(report.found.placeCount == 1)
    }

    @Test func `two entries of one name do not overwrite each other`() throws {
        try forge([file("f"), file("f")])
        #expect(restoreError() != nil)
    }
}

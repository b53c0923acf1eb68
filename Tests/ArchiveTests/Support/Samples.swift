import Archive

extension [UInt8] {
    init(_ text: StaticString) { self = text.withUTF8Buffer { unsafe Array($0) } }
}

func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

func bytes(of span: Span<UInt8>) -> [UInt8] { span.indices.map { span[$0] } }

enum Sample {
    static let time = Entry.Time(seconds: 1_767_323_045, nanoseconds: 123_456_789)

    /// Names that trip up programs.
    static let names: [[UInt8]] = [
        bytes("plain.txt"), bytes("with space"), bytes(" lead and trail "), bytes("new\nline"),
        bytes("tab\there"), bytes("\"quotes\" and \\ back\\slashes"), bytes("ünïcödé"),
        bytes("e\u{301} decomposed"), bytes("\u{e9} composed"), bytes("日本語"), bytes("🗝️"),
        [0xff, 0xfe], bytes("latin-") + [0xe9], [0xc3, 0x28], bytes("control\u{1}\u{1f}\u{7f}"),
        [UInt8](repeating: UInt8(ascii: "n"), count: 255), bytes("-rf"), bytes("*?[a]$(x)`y`"),
        bytes("..."), bytes("trailing."), bytes("a=b"), bytes("%41"),
        bytes("\u{202e}gpj.exe"),
    ]

    /// A path of more than 4096 bytes.
    static let deepPath = Array(
        (0..<20).map { [UInt8](repeating: UInt8(ascii: "a") + UInt8($0), count: 250) }
            .joined(separator: [UInt8(ascii: "/")]))

    /// Entries of every kind, with everything an entry can have.
    static let entries: [Entry] =
        [
            Entry(path: bytes("d"), kind: .directory, mode: 0o755, modified: time),
            Entry(path: bytes("d/empty"), kind: .file, mode: 0o600, modified: time),
            Entry(
                path: bytes("d/file"), kind: .file, mode: 0o4755, userID: 1000, groupID: 100,
                userName: bytes("someone"), groupName: bytes("users"), modified: time, size: 1234),
            Entry(
                path: bytes("d/huge-ids"), kind: .file, mode: 0o640, userID: 4_000_000_000,
                groupID: 3_999_999_999, userName: bytes("üser"), groupName: [0xff], modified: time,
                size: 1),
            Entry(
                path: bytes("d/sparse"), kind: .file, mode: 0o644, modified: time, size: 1 << 20,
                extents: [0..<4096, 65536..<69632, 1_044_480..<1_048_576]),
            Entry(
                path: bytes("d/hole"), kind: .file, mode: 0o644, modified: time, size: 10_000_000,
                extents: []),
            Entry(
                path: bytes("d/sparse-end"), kind: .file, mode: 0o644, modified: time,
                size: 1_000_001,
                extents: [8192..<16384]),
            Entry(
                path: bytes("link"), kind: .symbolicLink(target: bytes("../d/file")), mode: 0o777,
                modified: time),
            Entry(
                path: bytes("odd link"), kind: .symbolicLink(target: [0xff, 0x0a, 0x20]),
                mode: 0o777,
                modified: time),
            Entry(
                path: bytes("long link"),
                kind: .symbolicLink(target: [UInt8](repeating: UInt8(ascii: "t"), count: 4000)),
                mode: 0o777, modified: time),
            Entry(
                path: bytes("second"), kind: .hardLink(target: bytes("d/file")), mode: 0o4755,
                userID: 1000,
                groupID: 100, modified: time),
            Entry(path: bytes("fifo"), kind: .fifo, mode: 0o622, modified: time),
            Entry(
                path: bytes("null"), kind: .characterDevice(Entry.Device(major: 1, minor: 3)),
                mode: 0o666, modified: time),
            Entry(
                path: bytes("disk"), kind: .blockDevice(Entry.Device(major: 259, minor: 70_000)),
                mode: 0o660, modified: time),
            Entry(
                path: bytes("before"), kind: .file, mode: 0o644,
                modified: Entry.Time(seconds: -86_400, nanoseconds: 0)),
            Entry(
                path: bytes("epoch"), kind: .file, mode: 0o000,
                modified: Entry.Time(seconds: 0, nanoseconds: 1)),
            Entry(
                path: bytes("far"), kind: .file, mode: 0o7777,
                modified: Entry.Time(seconds: 32_503_680_000, nanoseconds: 999_999_999)),
            Entry(
                path: bytes("tagged"), kind: .file, mode: 0o644, modified: time, size: 3,
                attributes: [
                    Entry.Attribute(name: bytes("user.binary"), value: [0, 1, 0x0a, 0xff]),
                    Entry.Attribute(name: bytes("user.comment"), value: bytes("hello")),
                    Entry.Attribute(name: bytes("user.empty"), value: []),
                ]),
            Entry(path: deepPath, kind: .file, mode: 0o644, modified: time, size: 5),
        ] + names.map { Entry(path: $0, kind: .file, mode: 0o644, modified: time, size: 2) }
}

extension Sample {
    /// `user::rw-, user:1000:rw-, group::r--, mask::rw-, other::r--`, of a file of mode 0664.
    static let accessList = Entry.Attribute(
        name: bytes("system.posix_acl_access"),
        value: [2, 0, 0, 0]
            + acl(tag: 1, 6) + acl(tag: 2, 6, id: 1000) + acl(tag: 4, 4) + acl(tag: 16, 6)
            + acl(tag: 32, 4))

    /// `user::rwx, group::r-x, group:100:rwx, mask::rwx, other::---`, for what a directory gets.
    static let defaultList = Entry.Attribute(
        name: bytes("system.posix_acl_default"),
        value: [2, 0, 0, 0]
            + acl(tag: 1, 7) + acl(tag: 4, 5) + acl(tag: 8, 7, id: 100) + acl(tag: 16, 7)
            + acl(tag: 32, 0))

    static let listed: [Entry] = [
        Entry(
            path: bytes("shared"), kind: .file, mode: 0o664, modified: time, size: 4,
            attributes: [accessList]),
        Entry(
            path: bytes("shared-dir"), kind: .directory, mode: 0o750, modified: time,
            attributes: [defaultList]),
    ]

    private static func acl(tag: UInt8, _ permissions: UInt8, id: UInt32 = .max) -> [UInt8] {
        [tag, 0, permissions, 0] + (0..<4).map { UInt8(truncatingIfNeeded: id >> (8 * $0)) }
    }

    /// What a file of these tests holds at each place.
    static func byte(at offset: Int) -> UInt8 {
        UInt8(truncatingIfNeeded: offset &* 31 &+ offset >> 8)
    }

    /// The data that is stored of an entry.
    static func data(of entry: Entry) -> [UInt8] {
        entry.storedExtents.flatMap { $0.map(byte(at:)) }
    }

    /// What the reader of a file sees: holes are zeroes.
    static func content(of entry: Entry) -> [UInt8] {
        var content = [UInt8](repeating: 0, count: entry.size)
        for extent in entry.storedExtents {
            for offset in extent { content[offset] = byte(at: offset) }
        }
        return content
    }

    /// A whole tar.
    static func tar(of entries: [Entry]) throws -> [UInt8] {
        let writer = TarHeaderWriter()
        var tar: [UInt8] = []
        for entry in entries {
            try writer.write(entry, to: &tar)
            tar += data(of: entry)
            tar += [UInt8](repeating: 0, count: (512 - tar.count % 512) % 512)
        }
        return tar + [UInt8](repeating: 0, count: TarHeaderWriter.trailerByteCount)
    }
}

import Testing

@testable import Archive

@Suite struct JournalLineTests {
    private static let identity = FileIdentity(
        inode: .max, changed: Entry.Time(seconds: -1, nanoseconds: 999_999_999))

    static let records: [JournalRecord] = [
        .catalog(.chunk(ChunkRecord(part: 1, stored: 0..<5, tar: 10..<20))),
        .catalog(.part(PartRecord(number: 3, message: "00ff"))),
        .identities([]),
        .identities([
            identity, FileIdentity(inode: 0, changed: Entry.Time(seconds: 1, nanoseconds: 0)),
        ]),
        .stored(byteCount: 0, sha256: ""), .stored(byteCount: .max, sha256: "0a\"b"),
    ]

    @Test(arguments: records)
    func `every record is one line and is read back`(record: JournalRecord) {
        var line: [UInt8] = []
        JournalLine.append(record, to: &line)
        #expect(line.last == 0x0a && !line.dropLast().contains(0x0a))
        #expect(JournalLine.parse(line, in: 0..<line.count) == record)
    }

    @Test(arguments: [
        "", "{}", #"{"identities":[[1,2]]}"#, #"{"identities":[[1,2,3,4]]}"#,
        #"{"identities":[1,2,3]}"#, #"{"identities":[],"identities":[]}"#,
        #"{"identities":[],"stored":1,"sha256":""}"#, #"{"stored":1}"#, #"{"sha256":""}"#,
        #"{"stored":-1,"sha256":""}"#, #"{"stored":1,"stored":1,"sha256":""}"#,
        #"{"stored":1,"sha256":"","more":1}"#, #"{"stored":1,"sha256":""} x"#,
    ])
    func `a line that breaks a rule is refused`(line: String) {
        #expect(JournalLine.parse(bytes(line), in: 0..<line.utf8.count) == nil)
    }
}

/// The members of a zip file, by name. No encryption, no zip64: what the vectors use.
/// Source: PKWARE APPNOTE 6.3.10, §4.3.
struct ZipArchive {
    struct Damaged: Error {}

    private var members: [String: (method: Int, bytes: [UInt8])] = [:]

    init(_ file: [UInt8]) throws {
        func number(_ offset: Int, _ byteCount: Int) throws -> Int {
            guard offset >= 0, offset + byteCount <= file.count else { throw Damaged() }
            return (0..<byteCount).reversed().reduce(0) { $0 << 8 | Int(file[offset + $1]) }
        }
        let endOffset = stride(from: file.count - 22, through: 0, by: -1).first {
            (try? number($0, 4)) == 0x0605_4b50
        }
        guard let endOffset else { throw Damaged() }
        var entry = try number(endOffset + 16, 4)
        for _ in 0..<(try number(endOffset + 10, 2)) {
            guard try number(entry, 4) == 0x0201_4b50 else { throw Damaged() }
            let nameEnd = entry + 46 + (try number(entry + 28, 2))
            let local = try number(entry + 42, 4)
            let start = local + 30 + (try number(local + 26, 2)) + (try number(local + 28, 2))
            let end = start + (try number(entry + 20, 4))
            guard nameEnd <= file.count, end <= file.count else { throw Damaged() }
            let name = String(decoding: file[entry + 46..<nameEnd], as: UTF8.self)
            members[name] = (try number(entry + 10, 2), Array(file[start..<end]))
            entry = nameEnd + (try number(entry + 30, 2)) + (try number(entry + 32, 2))
        }
    }

    func contents(of name: String) throws -> [UInt8] {
        switch members[name] {
        case (0, let bytes)?: return bytes
        case (8, let bytes)?: return try Inflate.inflate(bytes)
        default: throw Damaged()
        }
    }
}

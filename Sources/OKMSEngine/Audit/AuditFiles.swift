private import Glibc
private import SystemIO

/// The files of an audit trail: `audit.log`, which grows, and the segments before it, which are
/// closed: `audit-001.log`, `audit-002.log`, …
struct AuditFiles {
    static let currentName = "audit.log"

    let directory: String

    var current: String { "\(directory)/\(Self.currentName)" }

    func segment(_ number: Int) -> String {
        let digits = "\(number)"
        return
            "\(directory)/audit-\(String(repeating: "0", count: max(0, 3 - digits.count)))\(digits).log"
    }

    /// The numbers of the closed segments, in order.
    func segmentNumbers() throws(AuditError) -> [Int] {
        guard let stream = unsafe opendir(directory) else {
            throw .cannotOpen(path: directory, reason: systemMessage(errno))
        }
        defer { unsafe closedir(stream) }
        var numbers: [Int] = []
        while let entry = unsafe readdir(stream) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { name in
                unsafe name.withMemoryRebound(to: CChar.self, capacity: 256) {
                    unsafe String(cString: $0)
                }
            }
            guard name.hasPrefix("audit-"), name.hasSuffix(".log"),
                let number = Int(name.dropFirst(6).dropLast(4)), number > 0,
                segment(number) == "\(directory)/\(name)"
            else { continue }
            numbers.append(number)
        }
        return numbers.sorted()
    }

    /// Whether a file is one of the closed segments.
    func hasClosed(_ file: AuditFile) throws(AuditError) -> Bool {
        // The one that was closed last, as a rule.
        for number in try segmentNumbers().reversed() where try file.isNamed(segment(number)) {
            return true
        }
        return false
    }
}

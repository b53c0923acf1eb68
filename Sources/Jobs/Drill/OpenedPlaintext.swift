import LibCrypto

/// What was opened of an archive's tar, in its order.
struct OpenedPlaintext: Sendable, Equatable {
    /// Bytes of the tar, those that touch put together.
    var ranges: [Range<Int>] = []
    /// Of these bytes, one after the other; nil where nobody asked for it.
    var sha256: [UInt8]?
    var chunks = 0

    var byteCount: Int { ranges.reduce(0) { $0 + $1.count } }
}

/// Notes what is opened, chunk after chunk. One thread's own.
final class PlaintextLog {
    private var opened = OpenedPlaintext()
    private var digest = SHA256()
    private let digests: Bool

    init(digesting: Bool) { digests = digesting }

    func add(_ bytes: Span<UInt8>, at range: Range<Int>) {
        opened.chunks += 1
        if let last = opened.ranges.last, last.upperBound == range.lowerBound {
            opened.ranges[opened.ranges.count - 1] = last.lowerBound..<range.upperBound
        } else {
            opened.ranges.append(range)
        }
        if digests { digest.update(bytes) }
    }

    func finish() -> OpenedPlaintext {
        var opened = opened
        if digests { opened.sha256 = digest.finish() }
        return opened
    }
}

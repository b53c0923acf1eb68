private import Glibc

/// Memory for secrets: whole pages, kept out of swap and core dumps.
///
/// Single pages are kept for the next secret, locked as they are: to map, lock and unmap one costs
/// more than most uses of a secret, and stops every thread of the process. What is given back is
/// zeroed already.
/// Source: mmap(2), mlock(2), madvise(2).
@safe
final class SecretPages: @unchecked Sendable {
    // Sendable: `idle` is touched only with the mutex held, whose address is stable.
    static let shared = SecretPages()

    static let pageByteCount = 4096
    /// One mebibyte: an eighth of what Debian lets a process lock.
    static let idleLimit = 256

    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private var idle: [UnsafeMutableRawPointer] = unsafe []

    private init() {
        unsafe mutex = .allocate(capacity: 1)
        unsafe mutex.initialize(to: pthread_mutex_t())
        let status = unsafe pthread_mutex_init(mutex, nil)
        precondition(status == 0, "a mutex can be made")
    }

    /// Zeroed memory of at least `count` bytes, and whether it is locked: the system refuses that
    /// beyond `RLIMIT_MEMLOCK`.
    @unsafe
    func take(_ count: Int) -> (start: UnsafeMutableRawPointer, isLocked: Bool) {
        if count <= Self.pageByteCount, let page = unsafe withIdle({ unsafe $0.popLast() }) {
            return unsafe (page, true)
        }
        let size = max(count, Self.pageByteCount)
        let flags = MAP_PRIVATE | MAP_ANONYMOUS
        let pages = unsafe mmap(nil, size, PROT_READ | PROT_WRITE, flags, -1, 0)
        guard let pages = unsafe pages, unsafe pages != MAP_FAILED else {
            preconditionFailure("no memory for \(count) secret bytes")
        }
        let isLocked = unsafe mlock(pages, size) == 0
        _ = unsafe madvise(pages, size, MADV_DONTDUMP)
        return unsafe (pages, isLocked)
    }

    /// Takes back what `take` gave for the same count. It holds nothing but zeroes.
    @unsafe
    func give(_ start: UnsafeMutableRawPointer, _ count: Int, isLocked: Bool) {
        if count <= Self.pageByteCount, isLocked {
            let isKept = unsafe withIdle { idle in
                guard unsafe idle.count < Self.idleLimit else { return false }
                unsafe idle.append(start)
                return true
            }
            if isKept { return }
        }
        unsafe munmap(start, max(count, Self.pageByteCount))
    }

    @unsafe
    private func withIdle<R>(_ body: (inout [UnsafeMutableRawPointer]) -> R) -> R {
        unsafe pthread_mutex_lock(mutex)
        defer { unsafe pthread_mutex_unlock(mutex) }
        return unsafe body(&idle)
    }
}

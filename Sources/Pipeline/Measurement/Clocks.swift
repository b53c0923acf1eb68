private import Glibc

/// Nanoseconds on a clock that never jumps. Source: clock_gettime(2), CLOCK_MONOTONIC.
package func monotonicNanoseconds() -> Int { nanoseconds(CLOCK_MONOTONIC) }

/// Nanoseconds that the calling thread has had a processor. Source: CLOCK_THREAD_CPUTIME_ID.
func threadProcessorNanoseconds() -> Int { nanoseconds(CLOCK_THREAD_CPUTIME_ID) }

/// Nanoseconds that all threads of the process have had processors. Source: CLOCK_PROCESS_CPUTIME_ID.
func processProcessorNanoseconds() -> Int { nanoseconds(CLOCK_PROCESS_CPUTIME_ID) }

/// Nanoseconds for which the calling thread was ready but another ran; 0 where the kernel does not
/// count them. Source: proc(5), /proc/thread-self/schedstat, second field.
func threadDelayNanoseconds() -> Int {
    let fields = contents(of: "/proc/thread-self/schedstat").split(separator: " ")
    return fields.count > 1 ? Int(fields[1]) ?? 0 : 0
}

/// Bytes of memory the process holds now. Source: proc(5), /proc/self/statm, second field.
func residentByteCount() -> Int {
    let fields = contents(of: "/proc/self/statm").split(separator: " ")
    return fields.count > 1 ? (Int(fields[1]) ?? 0) * Int(getpagesize()) : 0
}

/// The most bytes the process ever held. Source: getrusage(2).
func peakResidentByteCount() -> Int {
    var usage = rusage()
    unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return usage.ru_maxrss << 10
}

private func nanoseconds(_ clock: clockid_t) -> Int {
    var time = timespec()
    unsafe clock_gettime(clock, &time)
    return time.tv_sec * 1_000_000_000 + time.tv_nsec
}

/// A line of the kernel's, empty where there is none.
private func contents(of path: String) -> String {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return "" }
    defer { close(descriptor) }
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: 128) { buffer, count in
        count = unsafe max(0, read(descriptor, buffer.baseAddress, buffer.count))
    }
    return String(decoding: bytes, as: UTF8.self)
}

private import Glibc
private import Locking

/// What the system does not give the process.
package enum Shortage: Error, Equatable {
    case threads(Int)
    case memory(byteCount: Int)

    /// How many threads the process was found to may have.
    private static let granted = Monitor(0)

    /// Throws where the process may not have so many threads, all at once, besides the first.
    ///
    /// Dispatch waits for ever for one that it cannot have, whatever the limit is: of a control group, of
    /// the user, of the memory for its stack. What was granted before is not asked for again: Dispatch
    /// keeps its threads for a while, and hands them on.
    package static func checkThreads(_ count: Int) throws(Shortage) {
        try granted.update { granted throws(Shortage) in
            guard count > granted else { return }
            try makeThreads(count - granted)
            granted = count
        }
    }

    /// Makes threads that do nothing and ends them. Source: pthread_create(3).
    private static func makeThreads(_ count: Int) throws(Shortage) {
        let isOver = Monitor(false)
        var threads: [pthread_t] = []
        defer {
            isOver.update { $0 = true }
            for thread in threads { pthread_join(thread, nil) }
        }
        for _ in 0..<count {
            var thread = pthread_t()
            let argument = unsafe Unmanaged.passRetained(isOver)
            let status = unsafe pthread_create(
                &thread, nil,
                { argument in
                    guard let argument = unsafe argument else { return nil }
                    unsafe Unmanaged<Monitor<Bool>>.fromOpaque(argument).takeRetainedValue()
                        .wait { $0 ? () : nil }
                    return nil
                }, argument.toOpaque())
            guard status == 0 else {
                unsafe argument.release()
                throw .threads(count)
            }
            threads.append(thread)
        }
    }
}

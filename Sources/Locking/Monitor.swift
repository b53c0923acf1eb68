private import Glibc

/// A mutex, two conditions and the state they guard, in one object.
///
/// Who fills a queue waits for room and who empties it for content, apart from one another: waking one
/// does not disturb the other. Where all wait for the same, that is content.
///
/// `Synchronization.Mutex` has no condition, and the Thread Sanitizer misreads it in debug builds.
/// Source: pthread_mutex_lock(3), pthread_cond_wait(3).
@safe
package final class Monitor<State: ~Copyable>: @unchecked Sendable {
    // Sendable: `state` is touched only between lock and unlock of the mutex, whose address is
    // stable because it is allocated, never inline.
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let content: UnsafeMutablePointer<pthread_cond_t>
    private let room: UnsafeMutablePointer<pthread_cond_t>
    private var state: State

    package init(_ state: consuming sending State) {
        self.state = state
        unsafe mutex = .allocate(capacity: 1)
        unsafe content = .allocate(capacity: 1)
        unsafe room = .allocate(capacity: 1)
        unsafe mutex.initialize(to: pthread_mutex_t())
        unsafe pthread_mutex_init(mutex, nil)
        unsafe content.initialize(to: pthread_cond_t())
        unsafe pthread_cond_init(content, nil)
        unsafe room.initialize(to: pthread_cond_t())
        unsafe pthread_cond_init(room, nil)
    }

    deinit {
        unsafe pthread_cond_destroy(room)
        unsafe room.deallocate()
        unsafe pthread_cond_destroy(content)
        unsafe content.deallocate()
        unsafe pthread_mutex_destroy(mutex)
        unsafe mutex.deallocate()
    }

    package enum Need: Sendable { case content, room }

    /// Who is to look at the state anew after a change. Waking those who will not find what they wait
    /// for costs a switch of threads each. `one` is one of those who wait for content.
    package enum Waking: Sendable { case all, content, room, one, none }

    /// Runs `body` alone and wakes all who wait, so that they look at the state anew.
    package func update<R, E: Error>(_ body: (inout State) throws(E) -> R) throws(E) -> R {
        try update { (state, _) throws(E) in try body(&state) }
    }

    /// Runs `body` alone, which may say who is woken: all, unless it says otherwise.
    package func update<R, E: Error>(
        _ body: (inout State, inout Waking) throws(E) -> R
    ) throws(E) -> R {
        unsafe pthread_mutex_lock(mutex)
        var waking = Waking.all
        defer {
            unsafe pthread_mutex_unlock(mutex)
            wake(waking)
        }
        return try body(&state, &waking)
    }

    /// Runs `body` alone without waking anyone: it must leave nothing to wait for.
    package func read<R>(_ body: (borrowing State) -> R) -> R {
        unsafe pthread_mutex_lock(mutex)
        defer { unsafe pthread_mutex_unlock(mutex) }
        return body(state)
    }

    /// Waits until `body` returns a value, and wakes all who wait.
    package func wait<R, E: Error>(until body: (inout State) throws(E) -> R?) throws(E) -> R {
        try wait { (state, _) throws(E) in try body(&state) }
    }

    /// Waits until `body` returns a value; then it may say who is woken: all, unless it says otherwise.
    /// `observer` hears of it if there is anything to wait for.
    package func wait<R, E: Error>(
        for need: Need = .content, _ observer: (any WaitObserver)? = nil,
        until body: (inout State, inout Waking) throws(E) -> R?
    ) throws(E) -> R {
        unsafe pthread_mutex_lock(mutex)
        var waking = Waking.all
        var began: Int?
        defer {
            unsafe pthread_mutex_unlock(mutex)
            wake(waking)
            if let began { observer?.end(began) }
        }
        while true {
            if let result = try body(&state, &waking) { return result }
            if began == nil { began = observer?.begin() }
            unsafe pthread_cond_wait(need == .room ? room : content, mutex)
        }
    }

    /// After unlocking: who is woken before that only waits once more, for the mutex.
    private func wake(_ waking: Waking) {
        switch waking {
        case .all:
            unsafe pthread_cond_broadcast(content)
            unsafe pthread_cond_broadcast(room)
        case .content: unsafe pthread_cond_broadcast(content)
        case .room: unsafe pthread_cond_broadcast(room)
        case .one: unsafe pthread_cond_signal(content)
        case .none: break
        }
    }
}

/// Someone who counts how long threads wait.
package protocol WaitObserver: Sendable {
    /// Returns what `end` is given when the wait is over.
    func begin() -> Int
    func end(_ began: Int)
}

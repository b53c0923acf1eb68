import Dispatch
import Glibc

/// Prints what a run is at whenever the process gets SIGUSR1.
struct StateInquiry {
    private let source: any DispatchSourceSignal

    /// `lines` tells the state at that moment; it is called on a thread of its own.
    init(_ lines: @escaping @Sendable () -> [String]) {
        signal(SIGUSR1, SIG_IGN)
        source = DispatchSource.makeSignalSource(
            signal: SIGUSR1, queue: DispatchQueue(label: "sealpipe.state"))
        source.setEventHandler { @Sendable in
            for line in lines() { Console.shared.state(line) }
        }
        source.activate()
    }

    /// Gives the signal back its meaning.
    func stop() {
        source.cancel()
        signal(SIGUSR1, SIG_DFL)
    }
}

import Dispatch
import Foundation
import Jobs

/// Tells how far a run is: five times a second on a terminal, every ten seconds elsewhere.
struct ProgressLine {
    private let timer: any DispatchSourceTimer

    init(_ progress: RunProgress) {
        let interval = Console.shared.isTerminal && !Console.shared.writesJSON ? 0.2 : 10
        let start = Date()
        timer = DispatchSource.makeTimerSource(queue: DispatchQueue(label: "sealpipe.progress"))
        timer.schedule(deadline: .now() + interval, repeating: interval)
        timer.setEventHandler { @Sendable in
            if Console.shared.showsProgress { Self.show(progress, since: start) }
        }
        timer.activate()
    }

    /// Stops and leaves nothing behind.
    func stop() {
        timer.cancel()
        Console.shared.clearProgress()
    }

    private static func show(_ progress: RunProgress, since start: Date) {
        let seconds = Date().timeIntervalSince(start)
        let done = max(progress.tarBytes, progress.storedBytes)
        let total = progress.expectedTarBytes
        let rate = seconds > 0 ? Double(done) / seconds : 0
        var pieces: [String] = []
        var fields: [String: EventField] = [
            "entries": .whole(progress.entries), "bytes": .whole(done),
            "stored": .whole(progress.storedBytes), "bytes_per_second": .whole(Int(rate)),
        ]
        if total > 0 {
            let share = min(1, Double(done) / Double(total))
            pieces.append(bar(share))
            fields["share"] = .decimal((share * 1000).rounded() / 1000)
        }
        pieces.append(Amount.count(progress.entries, "entry", "entries"))
        pieces.append(Amount.bytes(done))
        pieces.append(Amount.bytes(Int(rate)) + "/s")
        if total > done, rate > 0 {
            let left = Double(total - done) / rate
            pieces.append("ETA \(Amount.duration(left))")
            fields["eta_seconds"] = .whole(Int(left))
        }
        Console.shared.progress(pieces.joined(separator: "  "), fields: fields)
    }

    private static func bar(_ share: Double) -> String {
        let width = 24
        let full = Int(share * Double(width))
        let bar = String(repeating: "#", count: full) + String(repeating: "-", count: width - full)
        return "[\(bar)] \(String(format: "%3d", Int(share * 100)))%"
    }
}

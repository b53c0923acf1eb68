import Jobs
import Pipeline

/// The flow: a box a stage, from top to bottom as data goes, on the left those with threads of their
/// own and on the right those that share workers; beside them the queues, from who fills one to who
/// empties it.
struct FlowPicture {
    let profile: Profile

    private static let top = 26.0
    private static let boxHeight = 48.0
    private static let pitch = 66.0
    private static let boxWidth = 226.0
    private static let lanes = [176.0, 414.0]

    /// From this share of its time on a stage counts as busy, and as busy all the time.
    private static let busy = 0.5
    private static let full = 0.8

    private var stages: [Profile.Stage] { profile.workingStages }

    var picture: Node {
        let words = stages.map { "\($0.name) \(Verdict.percent($0.utilisation))" }
        var drawing = Drawing(
            "flow", title: "The flow",
            description:
                "Stages in the order in which data goes through them, and how busy each was: "
                + words.joined(separator: ", ") + ".",
            height: Self.top + Double(stages.count) * Self.pitch)
        drawing.text("a thread of its own", x: center(0), y: 14, anchor: "middle", "small faint")
        if stages.contains(where: { lane($0) == 1 }) {
            drawing.text(workers, x: center(1), y: 14, anchor: "middle", "small faint")
        }
        if !queues.isEmpty {
            drawing.text("queues", x: 142, y: 14, anchor: "end", "small faint")
        }
        let flowing = stages.indices.filter { isInFlow(stages[$0]) }
        for (from, to) in zip(flowing, flowing.dropFirst()) where isFed(stages[to]) {
            drawArrow(from, to, in: &drawing)
        }
        drawQueues(in: &drawing)
        for (index, stage) in stages.enumerated() { draw(stage, at: index, in: &drawing) }
        return drawing.node
    }

    // MARK: stages

    /// With figures where there is one pool.
    private var workers: String {
        guard profile.pools.count == 1, let pool = profile.pools.first else {
            return "shared workers"
        }
        return Amount.count(pool.workers, "shared worker")
            + ", busy \(Verdict.percent(min(1, pool.utilisation)))"
    }

    private func lane(_ stage: Profile.Stage) -> Int {
        ["thread", "outside"].contains(stage.place) ? 0 : 1
    }
    private func center(_ lane: Int) -> Double { Self.lanes[lane] + Self.boxWidth / 2 }
    private func boxTop(_ index: Int) -> Double { Self.top + Double(index) * Self.pitch }
    private func middle(_ index: Int) -> Double { boxTop(index) + Self.boxHeight / 2 }

    /// Whether data goes through a stage, rather than past it.
    private func isInFlow(_ stage: Profile.Stage) -> Bool {
        guard stage.place != "outside" else { return false }
        return stage.bytesIn > 0 || stage.bytesOut > 0
            || profile.queues.contains { $0.from == stage.name || $0.to == stage.name }
    }

    /// Whether data comes to a stage from the one before it: it may also be where a flow begins.
    private func isFed(_ stage: Profile.Stage) -> Bool {
        stage.bytesIn > 0 || profile.queues.contains { $0.to == stage.name }
    }

    static func style(_ utilisation: Double) -> String {
        utilisation >= full ? "full" : utilisation >= busy ? "busy" : "calm"
    }

    private func draw(_ stage: Profile.Stage, at index: Int, in drawing: inout Drawing) {
        let (x, y) = (Self.lanes[lane(stage)], boxTop(index))
        let isOutside = stage.place == "outside"
        let style = isOutside ? "outside" : Self.style(stage.utilisation)
        let isLimit = stage.name == profile.verdict.stage && profile.verdict.kind != "balanced"
        drawing.rect(
            x: x, y: y, width: Self.boxWidth, height: Self.boxHeight, round: 5,
            "box \(style)\(isLimit ? " limit" : "")")
        drawing.text(stage.name, x: x + 10, y: y + 19, "name")
        let share =
            isOutside
            ? Figure.seconds(stage.busySeconds) : Verdict.percent(min(1, stage.utilisation))
        drawing.text(
            isLimit ? "limits · \(share)" : share, x: x + Self.boxWidth - 10, y: y + 19,
            anchor: "end", "name")
        drawing.text(detail(of: stage), x: x + 10, y: y + 34, "small")
        guard !isOutside else { return }
        let width = Self.boxWidth - 20
        drawing.rect(x: x + 10, y: y + 39, width: width, height: 5, round: 2, "gauge")
        drawing.rect(
            x: x + 10, y: y + 39, width: width * min(1, stage.utilisation), height: 5, round: 2,
            "gauge-\(style)")
    }

    private func detail(of stage: Profile.Stage) -> String {
        let items = Figure.shortCount(stage.items)
        guard stage.place != "outside" else {
            guard stage.items > 0 else {
                return stage.name == Bottleneck.commit
                    ? "after the pipeline" : "before the pipeline"
            }
            return "\(items) call\(stage.items == 1 ? "" : "s"), before the pipeline"
        }
        let bytes = max(stage.bytesIn, stage.bytesOut)
        var words: [String] = []
        if bytes > 0, profile.pipelineSeconds > 0 {
            words.append(Figure.rate(Double(bytes) / profile.pipelineSeconds))
        }
        if stage.items > 0 { words.append("\(items) items") }
        return words.joined(separator: " · ")
    }

    private func drawArrow(_ from: Int, _ to: Int, in drawing: inout Drawing) {
        let (start, end) = (center(lane(stages[from])), center(lane(stages[to])))
        let (top, bottom) = (boxTop(from) + Self.boxHeight, boxTop(to))
        let turn = bottom - 11
        drawing.path([(start, top), (start, turn), (end, turn), (end, bottom - 4)], "arrow")
        drawing.path(
            [(end - 4, bottom - 6), (end + 4, bottom - 6), (end, bottom)], isClosed: true,
            "arrowhead")
    }

    // MARK: queues

    /// Those whose ends are in the picture, with the numbers of their stages.
    private var queues: [(queue: Profile.Queue, number: Int, from: Int, to: Int)] {
        profile.queues.enumerated().compactMap { number, queue in
            guard let from = stages.firstIndex(where: { $0.name == queue.from }),
                let to = stages.firstIndex(where: { $0.name == queue.to })
            else { return nil }
            return (queue, number, from, to)
        }
    }

    private func drawQueues(in drawing: inout Drawing) {
        var free = 0.0
        for (queue, number, from, to) in queues.sorted(by: { $0.from < $1.from }) {
            let (top, bottom) = (middle(from) + 7, middle(to) - 7)
            let x = 154.0
            drawing.path(
                [
                    (Self.lanes[lane(stages[from])], top), (x, top), (x, bottom),
                    (Self.lanes[lane(stages[to])], bottom),
                ], "queue")
            let y = max(free, (top + bottom) / 2 - 12)
            free = y + 48
            drawing.text(queue.name, x: x - 10, y: y + 4, anchor: "end", "strong")
            let depth = meanDepth(number)
            let share = min(1, (depth ?? 0) / Double(max(1, queue.capacity)))
            let words = depth.map { "\(Figure.digits($0)) of \(queue.capacity)" }
            drawing.text(
                words ?? "holds \(queue.capacity)", x: x - 10, y: y + 19, anchor: "end", "small")
            drawing.rect(x: x - 90, y: y + 25, width: 80, height: 5, round: 2, "gauge")
            drawing.rect(
                x: x - 90, y: y + 25, width: 80 * share, height: 5, round: 2, "gauge-queue")
        }
    }

    private func meanDepth(_ number: Int) -> Double? {
        let depths = profile.samples.compactMap { $0.depths[safe: number] }
        return depths.isEmpty ? nil : Double(depths.reduce(0, +)) / Double(depths.count)
    }
}

extension Profile {
    /// Stages that did something.
    var workingStages: [Stage] { stages.filter(\.hasWorked) }
}

extension Profile.Stage {
    var hasWorked: Bool { busySeconds > 0 || items > 0 }
}

extension Array {
    /// The element, where there is one: samples may lack stages and queues that came later.
    subscript(safe index: Int) -> Element? { indices.contains(index) ? self[index] : nil }
}

/// The charts over time: throughput, utilisation, queues, compression and memory.
struct OverTime {
    let profile: Profile

    /// None where the run was over before it was looked at.
    var charts: [StripChart] {
        guard profile.pipelineSeconds > 0 else { return [] }
        return [throughput, utilisation, queues, others].filter { !$0.strips.isEmpty }
    }

    /// The stages with a place in the pipeline that worked, by their numbers in samples.
    private var stages: [(index: Int, stage: Profile.Stage)] {
        profile.stages.enumerated().filter { _, stage in
            stage.place != "outside" && stage.hasWorked
        }.map { ($0, $1) }
    }

    private var timeline: Timeline { Timeline(profile) }

    private var throughput: StripChart {
        let moving = stages.filter { $0.stage.bytesIn > 0 || $0.stage.bytesOut > 0 }
        let series = moving.map { index, stage in
            // The first stage only gives.
            let takes = stage.bytesIn > 0
            return timeline.rates { sample in
                Double((takes ? sample.bytesIn : sample.bytesOut)[safe: index] ?? 0)
            }
        }
        let usual = series.map(\.usual).max() ?? 0
        let highest = series.map(\.highest).max() ?? 0
        let scale = Scale.bytes(upTo: usual > 0 ? usual : highest, per: "/s")
        let isCut = highest > scale.top
        return chart(
            "throughput", "Throughput over time",
            "Bytes a second that went into each stage, of the first that came out of it."
                + (isCut ? " Peaks are cut off at \(scale.label)." : ""),
            zip(moving, series).map { moving, steps in
                StripChart.Strip(
                    name: moving.stage.name, words: Figure.rate, scale: scale, steps: steps)
            })
    }

    private var utilisation: StripChart {
        let processors = Double(max(1, profile.machine.processors))
        let process = StripChart.Strip(
            name: "processors", words: Self.percent, scale: .share,
            steps: timeline.rates { $0.processorSeconds / processors })
        let strips = stages.map { index, stage in
            StripChart.Strip(
                name: stage.name, words: Self.percent, scale: .share,
                steps: timeline.rates { sample in
                    (sample.busySeconds[safe: index] ?? 0) / Double(max(1, stage.threads))
                })
        }
        return chart(
            "utilisation", "Utilisation over time",
            "The share of its time that each stage was busy, of all its threads; and the share of the "
                + "processors that the program used. A piece of work of shared workers counts when it is "
                + "done.",
            [process] + strips)
    }

    private var queues: StripChart {
        // Before the first sample nobody looked.
        let strips = profile.samples.isEmpty ? [] : Array(profile.queues.enumerated())
        return chart(
            "queues", "Queue depth over time",
            "Items that waited in each queue. A full queue waits for the stage that empties it, an empty "
                + "one for the stage that fills it. \(ways)",
            strips.map { index, queue in
                StripChart.Strip(
                    name: queue.name, words: Figure.digits, scale: .items(queue.capacity),
                    steps: timeline.levels { Double($0.depths[safe: index] ?? 0) })
            })
    }

    /// Which stage fills each queue and which empties it.
    private var ways: String {
        profile.queues.compactMap { queue in
            guard let from = queue.from, let to = queue.to else { return nil }
            return "\(queue.name): from \(from) to \(to)."
        }.joined(separator: " ")
    }

    private var others: StripChart {
        var strips: [StripChart.Strip] = []
        if let (index, isOpening) = compression {
            let steps = Timeline(profile, steps: 60).ratios {
                Double((isOpening ? $0.bytesOut : $0.bytesIn)[safe: index] ?? 0)
            } to: {
                Double((isOpening ? $0.bytesIn : $0.bytesOut)[safe: index] ?? 0)
            }
            let stage = profile.stages[index]
            let (plain, compressed) =
                isOpening
                ? (stage.bytesOut, stage.bytesIn) : (stage.bytesIn, stage.bytesOut)
            strips.append(
                StripChart.Strip(
                    name: "ratio", words: Figure.ratio, scale: .number(upTo: max(steps.usual, 1)),
                    steps: steps, overall: compressed > 0 ? Double(plain) / Double(compressed) : nil
                ))
        }
        if !profile.samples.isEmpty {
            let steps = timeline.levels { $0.residentBytes > 0 ? Double($0.residentBytes) : nil }
            strips.append(
                StripChart.Strip(
                    name: "memory", words: Figure.bytes,
                    scale: .bytes(upTo: Double(profile.peakResidentBytes)), steps: steps))
        }
        return chart(
            "others", "Compression ratio and memory over time",
            "Plain bytes for a compressed one; and the memory that the program held.", strips)
    }

    /// The stage whose ends give the ratio, and whether it makes more of less.
    private var compression: (index: Int, isOpening: Bool)? {
        for (name, isOpening) in [("compress", false), ("decompress", true)] {
            if let index = profile.stages.firstIndex(where: { $0.name == name && $0.items > 0 }) {
                return (index, isOpening)
            }
        }
        return nil
    }

    private func chart(
        _ id: String, _ title: String, _ caption: String, _ strips: [StripChart.Strip]
    ) -> StripChart {
        StripChart(
            id: id, title: title, caption: caption, strips: strips,
            duration: profile.pipelineSeconds)
    }

    private static func percent(_ share: Double) -> String { Verdict.percent(min(1, share)) }
}

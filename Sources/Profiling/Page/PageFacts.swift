import Jobs

/// What of a profile is told in figures and words.
enum PageFacts {
    private static func list(_ facts: [(String, String)]) -> Node {
        .element(
            "dl", [:],
            facts.map { name, value in
                .element(
                    "div", [:],
                    [.element("dt", [:], [.text(name)]), .element("dd", [:], [.text(value)])])
            })
    }

    static func figures(_ profile: Profile) -> Node {
        let share =
            profile.pipelineSeconds > 0
            ? profile.processorSeconds
                / (profile.pipelineSeconds * Double(max(1, profile.machine.processors))) : 0
        var facts = [
            ("duration", Figure.seconds(profile.seconds)),
            ("files and other entries", Figure.count(profile.entries)),
            ("their bytes", Amount.bytes(profile.contentBytes)),
        ]
        if profile.tarBytes > 0, profile.seconds > 0 {
            facts.append(("rate of tar", Figure.rate(Double(profile.tarBytes) / profile.seconds)))
        }
        if profile.storedBytes > 0, profile.seconds > 0 {
            facts.append(("stored", Amount.bytes(profile.storedBytes)))
            facts.append(
                ("rate of stored", Figure.rate(Double(profile.storedBytes) / profile.seconds)))
        }
        if profile.storedBytes > 0, profile.tarBytes > 0 {
            let ratio = Double(profile.tarBytes) / Double(profile.storedBytes)
            facts.append(("ratio", "\(Figure.ratio(ratio)) : 1"))
        }
        facts += [
            (
                "processor time",
                "\(Figure.seconds(profile.processorSeconds)), \(Verdict.percent(share)) of "
                    + "\(profile.machine.processors) cores"
            ),
            ("ready without a processor", Figure.seconds(profile.delaySeconds)),
            ("peak memory", Amount.bytes(profile.peakResidentBytes)),
            ("calls of the key service", Figure.count(profile.keyCalls)),
        ]
        if profile.problemCount > 0 {
            let partial = profile.partial ? ", some inputs not whole" : ""
            facts.append(("problems", Figure.count(profile.problemCount) + partial))
        }
        return list(facts)
    }

    static func stages(_ profile: Profile) -> Table {
        func bytes(_ count: Int) -> String { count > 0 ? Amount.bytes(count) : "–" }
        return Table(
            caption: "What each stage did",
            columns: [
                "stage", "runs on", "items", "in", "out", "busy", "busy for", "processor",
                "waits for input", "waits for room",
            ],
            rows: profile.workingStages.map { stage in
                let place =
                    switch stage.place {
                    case "thread": "a thread"
                    case "outside": stage.items > 0 ? "a call" : "outside"
                    default:
                        stage.threads == 1 ? "1 worker" : "\(stage.threads) \(stage.place)"
                    }
                return [
                    stage.name, place, Figure.count(stage.items), bytes(stage.bytesIn),
                    bytes(stage.bytesOut),
                    stage.place == "outside" ? "–" : Verdict.percent(stage.utilisation),
                    Figure.seconds(stage.busySeconds), Figure.seconds(stage.processorSeconds),
                    Figure.seconds(stage.inputWaitSeconds), Figure.seconds(stage.outputWaitSeconds),
                ]
            }, wordColumns: [1])
    }

    static func machine(_ machine: Machine) -> Node {
        list([
            (
                "processors",
                "\(machine.processors) × \(machine.model.isEmpty ? "?" : machine.model)"
            ),
            ("architecture", machine.architecture),
            ("memory", Amount.bytes(machine.memoryBytes)),
            ("kernel", machine.kernel),
        ])
    }

    static func job(_ job: MeasuredJob) -> Node {
        var facts = [
            ("name", job.name), ("input", job.input), ("output", job.output),
            ("stages", job.stages.isEmpty ? "none" : job.stages.joined(separator: ", ")),
            ("workers", "\(job.workers)"), ("key service", job.keyService),
        ]
        if let level = job.compressionLevel { facts.append(("level of zstd", "\(level)")) }
        if let bytes = job.chunkBytes { facts.append(("chunk", Amount.bytes(bytes))) }
        if let bytes = job.frameBytes { facts.append(("frame", Amount.bytes(bytes))) }
        if let bytes = job.partBytes { facts.append(("part", Amount.bytes(bytes))) }
        return list(facts)
    }
}

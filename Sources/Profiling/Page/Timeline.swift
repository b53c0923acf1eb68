/// A run over time, cut into steps: what happened in each, found from counters that only grow.
struct Timeline {
    struct Step {
        let start, end: Double
        /// Nil where there is nothing to tell of the step.
        let value: Double?
    }

    let duration: Double
    /// From the start, where all is zero, to the end.
    private let moments: [Profile.Sample]

    /// Of about as many steps as a picture can show.
    init(_ profile: Profile, steps: Int = 200) {
        duration = profile.pipelineSeconds
        let zero = Profile.Sample(seconds: 0)
        var end = profile.samples.last ?? zero
        end.seconds = duration
        end.processorSeconds = profile.processorSeconds
        end.bytesIn = profile.stages.map(\.bytesIn)
        end.bytesOut = profile.stages.map(\.bytesOut)
        end.busySeconds = profile.stages.map(\.busySeconds)
        var moments = [zero]
        guard duration > 0 else {
            self.moments = moments
            return
        }
        let least = duration / Double(steps)
        for sample in profile.samples
        where sample.seconds - (moments.last?.seconds ?? 0) >= least
            && duration - sample.seconds >= least
        {
            moments.append(sample)
        }
        self.moments = moments + [end]
    }

    /// How fast a counter grew in each step.
    func rates(of counter: (Profile.Sample) -> Double) -> [Step] {
        zip(moments, moments.dropFirst()).map { from, to in
            let time = to.seconds - from.seconds
            return Step(
                start: from.seconds, end: to.seconds,
                value: max(0, counter(to) - counter(from)) / time)
        }
    }

    /// By how much more one counter grew than another, in steps in which both did.
    func ratios(
        of counter: (Profile.Sample) -> Double, to other: (Profile.Sample) -> Double
    ) -> [Step] {
        var steps: [Step] = []
        guard var from = moments.first else { return [] }
        for to in moments.dropFirst() {
            let (more, less) = (counter(to) - counter(from), other(to) - other(from))
            guard more > 0, less > 0 else { continue }
            steps.append(Step(start: from.seconds, end: to.seconds, value: more / less))
            from = to
        }
        return steps
    }

    /// What was at the end of each step.
    func levels(of level: (Profile.Sample) -> Double?) -> [Step] {
        zip(moments, moments.dropFirst()).map { from, to in
            Step(start: from.seconds, end: to.seconds, value: level(to))
        }
    }
}

extension [Timeline.Step] {
    var highest: Double { compactMap(\.value).max() ?? 0 }

    /// What an axis should reach to: short peaks far above all else would hide it. 0 where there is
    /// little but peaks.
    var usual: Double {
        let values = compactMap(\.value).sorted()
        guard !values.isEmpty else { return 0 }
        return Swift.min(highest, 4 * values[(values.count - 1) * 9 / 10])
    }

    /// Weighted by how long each step took.
    var mean: Double {
        var (sum, time) = (0.0, 0.0)
        for step in self {
            guard let value = step.value else { continue }
            sum += value * (step.end - step.start)
            time += step.end - step.start
        }
        return time > 0 ? sum / time : 0
    }
}

import Testing

@testable import Profiling

@Suite struct TimelineTests {
    private func profile(_ bytes: [Int], duration: Double) -> Profile {
        var profile = Profile.empty
        profile.pipelineSeconds = duration
        profile.stages = [
            Profile.Stage(name: "a", place: "thread", bytesIn: bytes.last ?? 0, bytesOut: 8)
        ]
        profile.samples = bytes.dropLast().enumerated().map { index, count in
            Profile.Sample(
                seconds: Double(index + 1), bytesIn: [count], bytesOut: [count / 4], depths: [index]
            )
        }
        return profile
    }

    @Test func `rates are what counters grew by in a second, to the end of the run`() {
        let timeline = Timeline(profile([10, 30, 31], duration: 4))
        let steps = timeline.rates { Double($0.bytesIn.first ?? 0) }
        #expect(steps.map(\.value) == [10, 20, 0.5])
        #expect(steps.map(\.start) == [0, 1, 2] && steps.map(\.end) == [1, 2, 4])
        #expect(steps.mean == 31.0 / 4 && steps.highest == 20)
    }

    @Test func `a ratio waits until both ends moved`() {
        let timeline = Timeline(profile([2, 8, 24, 32], duration: 4))
        let steps = timeline.ratios {
            Double($0.bytesIn.first ?? 0)
        } to: {
            Double($0.bytesOut.first ?? 0)
        }
        #expect(steps.map(\.value) == [4, 4, 4])
        #expect(steps.map(\.start) == [0, 2, 3])
    }

    @Test func `a run without length has no steps, a run nobody looked at has one`() {
        #expect(Timeline(profile([5], duration: 0)).rates { _ in 1 }.isEmpty)
        let steps = Timeline(profile([6], duration: 2)).rates { Double($0.bytesIn.first ?? 0) }
        #expect(steps.map(\.value) == [3])
    }

    @Test func `steps are as many as a picture can show`() {
        let samples = Array(0..<600)
        let timeline = Timeline(profile(samples, duration: 600), steps: 50)
        let steps = timeline.rates { Double($0.bytesIn.first ?? 0) }
        #expect(40...50 ~= steps.count)
        #expect(steps.last?.end == 600)
    }

    @Test func `samples from after the end are left out`() {
        let timeline = Timeline(profile([1, 2, 3, 4], duration: 1.5))
        #expect(timeline.levels { $0.depths.first.map(Double.init) }.map(\.end) == [1, 1.5])
    }

    @Test func `a short peak does not stretch an axis`() {
        let steps = (0..<100).map {
            Timeline.Step(start: Double($0), end: Double($0 + 1), value: $0 == 50 ? 1000 : 10)
        }
        #expect(steps.usual == 40 && steps.highest == 1000)
        #expect([Timeline.Step]().usual == 0)
    }
}

import Foundation

@testable import Profiling

extension Profile {
    /// A run of nothing: no stage, no sample.
    static var empty: Profile {
        Profile(
            tool: "sealpipe 1.2.3", started: "2026-01-02T03:04:05.678Z",
            job: MeasuredJob(
                name: "nothing", input: "stdin", output: "discard", workers: 2,
                keyService: "embedded"),
            machine: Machine(
                processors: 2, model: "Some CPU", architecture: "x86_64", memoryBytes: 8 << 30,
                kernel: "Linux 6.1"),
            verdict: Conclusion(
                kind: "nothing", sentence: "nothing was done, so nothing limits it"))
    }

    /// Twenty seconds of sealing, with every member set.
    static var sealing: Profile {
        var profile = empty
        profile.job.name = "nightly"
        profile.job.stages = ["chunk", "compress", "encrypt"]
        profile.job.chunkBytes = 8 << 20
        profile.job.compressionLevel = 3
        profile.job.frameBytes = 1 << 20
        profile.job.partBytes = 64 << 20
        profile.seconds = 20.5
        profile.pipelineSeconds = 20
        profile.processorSeconds = 38
        profile.delaySeconds = 0.5
        profile.peakResidentBytes = 120 << 20
        profile.entries = 5000
        profile.contentBytes = 4_000_000_000
        profile.tarBytes = 4_010_000_000
        profile.storedBytes = 1_000_000_000
        profile.keyCalls = 1
        profile.stages = [
            stage("key service", "outside", 1, 0, 0, 0.3),
            stage("pack", "thread", 500, 0, 4_010_000_000, 4),
            stage("compress", "workers", 500, 4_010_000_000, 1_000_000_000, 36),
            stage("frame", "thread", 500, 1_000_000_000, 1_000_000_000, 0.5),
            stage("encrypt", "workers", 1000, 1_000_000_000, 1_000_100_000, 1),
            stage("store", "thread", 1000, 1_000_100_000, 1_000_100_000, 3),
        ]
        profile.pools = [
            Pool(
                name: "workers", workers: 2, utilisation: 0.95, busySeconds: 38,
                processorSeconds: 37)
        ]
        profile.queues = [
            Queue(name: "packed", capacity: 5, from: "pack", to: "frame"),
            Queue(name: "sealed", capacity: 6, from: "frame", to: "store"),
            Queue(name: "loose", capacity: 2),
        ]
        profile.samples = (1...200).map { tick in
            let share = Double(tick) / 200
            return Sample(
                seconds: Double(tick) / 10, processorSeconds: 38 * share,
                residentBytes: 100 << 20 + tick << 16,
                bytesIn: profile.stages.map { Int(Double($0.bytesIn) * share) },
                bytesOut: profile.stages.map { Int(Double($0.bytesOut) * share) },
                busySeconds: profile.stages.map { $0.busySeconds * share },
                depths: [tick % 6, tick % 7, 0])
        }
        profile.types = [
            FileType(
                name: ".csv", files: 4000, contentBytes: 3_000_000_000, tarBytes: 3_006_000_000,
                storedBytes: 400_000_000),
            FileType(
                name: ".jpg", files: 999, contentBytes: 1_000_000_000, tarBytes: 1_002_000_000,
                storedBytes: 599_999_000),
            FileType(
                name: "directories and links", files: 0, contentBytes: 0, tarBytes: 2_000_000,
                storedBytes: 1000),
        ]
        profile.verdict = Conclusion(
            kind: "work", stage: "compress", share: 0.95,
            sentence: "limited by compress: its 2 workers were busy 95 % of the time",
            advice: "a lower level compresses faster")
        return profile
    }

    private static func stage(
        _ name: String, _ place: String, _ items: Int, _ bytesIn: Int, _ bytesOut: Int,
        _ busy: Double
    ) -> Stage {
        let threads = place == "workers" ? 2 : 1
        return Stage(
            name: name, place: place, threads: threads, items: items, bytesIn: bytesIn,
            bytesOut: bytesOut, utilisation: busy / Double(20 * threads), busySeconds: busy,
            processorSeconds: busy * 0.9, inputWaitSeconds: 1.5, outputWaitSeconds: 0.25,
            latencyMilliseconds: Latency(
                count: items, p50: 0.02, p90: 1.5, p99: 40, p999: 180, longest: 2500))
    }

    func object() throws -> Any { try JSONSerialization.jsonObject(with: Data(json())) }
}

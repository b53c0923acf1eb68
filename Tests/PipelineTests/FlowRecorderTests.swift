import Glibc
import Locking
import Testing

@testable import Pipeline

@Suite struct FlowRecorderTests {
    private func sample(_ second: Int) -> FlowReport.Sample {
        FlowReport.Sample(
            seconds: Double(second), processorSeconds: 0, residentBytes: 1, stages: [], depths: [])
    }

    @Test func `memory does not grow with the run: samples are thinned out evenly`() throws {
        var samples: [FlowReport.Sample] = []
        var stride = 1
        var due = 0
        for tick in 1...100_000 {
            due += 1
            guard due % stride == 0 else { continue }
            FlowRecorder.append(sample(tick), to: &samples, stride: &stride)
            #expect(samples.count < FlowRecorder.limit)
        }
        #expect(stride == 256)
        let gaps = Set(zip(samples, samples.dropFirst()).map { $1.seconds - $0.seconds })
        #expect(gaps == [256])
    }

    @Test func `a flow is sampled while it runs, and every sample has all queues and stages`()
        throws
    {
        let flow = Flow()
        let sending = flow.makeMeter("send")
        let channel: Channel<Int> = flow.makeChannel("numbers", capacity: 2, from: sending)
        flow.stage(sending) {
            for number in 0..<2 {
                try channel.send(number)
                sending.count(bytesOut: 5)
            }
            usleep(450_000)
            channel.finish()
        }
        try flow.wait()
        let report = flow.report(processors: 1)
        #expect(
            report.queues == [
                FlowReport.Queue(name: "numbers", capacity: 2, from: "send", to: nil)
            ])
        let last = try #require(report.samples.last)
        #expect(last.depths == [2])
        #expect(last.stages.map(\.bytesOut) == [10])
        #expect(last.residentBytes > 1 << 20)
        #expect(last.seconds <= report.seconds)
        #expect(report.seconds >= 0.45)
    }

    @Test func `who looks on is told what each stage waits for`() throws {
        let flow = Flow()
        let (sending, receiving) = (flow.makeMeter("send"), flow.makeMeter("receive"))
        let channel: Channel<Int> = flow.makeChannel(
            "numbers", capacity: 1, from: sending, to: receiving)
        flow.stage(receiving) { while try channel.receive() != nil {} }
        let waiting = Monitor(true)
        flow.stage(sending) {
            waiting.wait { $0 ? nil : () }
            channel.finish()
        }
        while flow.activities.map(\.activity) != [.working, .waitingForInput] { usleep(1000) }
        waiting.update { $0 = false }
        try flow.wait()
        #expect(flow.activities.map(\.activity) == [.idle, .idle])
        #expect(flow.depths.map(\.depth) == [0])
        #expect(receiving.reading.inputWaitSeconds > 0)
    }
}

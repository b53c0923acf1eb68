import Testing

@testable import Pipeline

@Suite struct TraceRecorderTests {
    @Test func `pieces of work are on the tracks of the threads that did them, with their bytes`()
        throws
    {
        let flow = Flow(tracing: true)
        let sending = flow.makeMeter("send")
        let working = flow.makeMeter("work", at: .pool("workers"))
        let receiving = flow.makeMeter("receive")
        let channel: OrderedChannel<Int> = flow.makeOrderedChannel(
            "numbers", capacity: 1, from: sending, to: receiving)
        let pool = try flow.makeWorkers(1, meter: StageMeter("workers")) { 0 }
        flow.stage(sending) {
            for number in 0..<5 {
                let place = try channel.reserve()
                pool.submit(.starting) { _ in
                    working.measure {}
                    working.count(bytesIn: number, bytesOut: 2 * number)
                    place.fulfil(number)
                }
            }
            channel.finish()
        }
        flow.stage(receiving) {
            while let number = try channel.receive() {
                receiving.measure { receiving.count(bytesIn: number) }
            }
            pool.finish()
        }
        try flow.wait()
        let trace = try #require(flow.report(processors: 1).trace)
        #expect(Set(trace.tracks) == ["send", "receive", "workers 1"])
        func events(_ kind: FlowTrace.Event.Kind, _ stage: String, on track: String) -> [FlowTrace
            .Event]
        {
            trace.events.filter {
                $0.kind == kind && $0.stage == stage && trace.tracks[$0.track] == track
            }
        }
        let worked = events(.work, "work", on: "workers 1")
        #expect(worked.map(\.bytesIn) == [0, 1, 2, 3, 4])
        #expect(worked.map(\.bytesOut) == [0, 2, 4, 6, 8])
        // Counted within the piece rather than behind it.
        #expect(events(.work, "receive", on: "receive").map(\.bytesIn) == [0, 1, 2, 3, 4])
        let whole = try #require(events(.stage, "receive", on: "receive").first)
        for event in events(.work, "receive", on: "receive") {
            #expect(event.start >= whole.start)
            #expect(event.start + event.nanoseconds <= whole.start + whole.nanoseconds)
        }
    }

    @Test func `waits are events`() throws {
        let flow = Flow(tracing: true)
        let receiving = flow.makeMeter("receive")
        let sending = flow.makeMeter("send")
        let channel: Channel<Int> = flow.makeChannel(
            "numbers", capacity: 1, from: sending, to: receiving)
        flow.stage(receiving) { while try channel.receive() != nil {} }
        flow.stage(sending) {
            // Until the other waits, whatever the machine does.
            while !receiving.inputWait.isWaiting {}
            try channel.send(1)
            channel.finish()
        }
        try flow.wait()
        let trace = try #require(flow.report(processors: 1).trace)
        let waits = trace.events.filter { $0.kind == .inputWait }
        #expect(!waits.isEmpty && waits.allSatisfy { trace.tracks[$0.track] == "receive" })
    }

    @Test func `what is not asked for is not traced`() throws {
        let flow = Flow()
        flow.stage("a") {}
        try flow.wait()
        #expect(flow.report(processors: 1).trace == nil)
    }

    @Test func `the first events are kept, the others counted`() {
        let recorder = TraceRecorder(limit: 3)
        for number in 0..<5 {
            let event = recorder.begin(.work, of: "a", at: 0)
            #expect((event == nil) == (number >= 3))
            recorder.count(of: "a", bytesIn: number, bytesOut: 0)
            if let event, number != 1 { recorder.end(event, at: 0) }
        }
        let trace = recorder.trace(pipelineStart: 0)
        #expect(trace.dropped == 2)
        // What has not ended is left out, and no count goes to another event.
        #expect(trace.events.map(\.bytesIn) == [0, 2])
        #expect(trace.tracks == ["caller"])
    }
}

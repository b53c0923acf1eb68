import Pipeline
import Testing

@Suite(.timeLimit(.minutes(1))) struct OrderedChannelTests {
    @Test func `results come in the order in which they were promised`() throws {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<50 {
            let channel: OrderedChannel<Int> = Flow().makeOrderedChannel("numbers", capacity: 8)
            let places = try (0..<8).map { ($0, try channel.reserve()) }
            for (number, place) in places.shuffled(using: &random) { place.fulfil(number) }
            channel.finish()
            for number in 0..<8 { #expect(try channel.receive() == number) }
            #expect(try channel.receive() == nil)
        }
    }

    @Test func `order holds over many rounds of few places`() throws {
        let flow = Flow()
        let channel: OrderedChannel<Int> = flow.makeOrderedChannel("numbers", capacity: 3)
        let workers = try flow.makeWorkers(4, meter: StageMeter("work")) { 0 }
        let received = Notes<Int>()
        flow.stage("feed") {
            for number in 0..<600 {
                let place = try channel.reserve()
                workers.submit(.starting) { _ in place.fulfil(number) }
            }
            channel.finish()
            workers.finish()
        }
        flow.stage("receive") {
            while let number = try channel.receive() { received.add(number) }
        }
        try flow.wait()
        #expect(received.all == Array(0..<600))
    }

    @Test func `promises wait while every place is taken, fulfilled or not`() throws {
        let flow = Flow()
        let channel: OrderedChannel<Int> = flow.makeOrderedChannel("numbers", capacity: 2)
        let reserved = Notes<Int>()
        flow.stage("feed") {
            for number in 0..<6 {
                let place = try channel.reserve()
                reserved.add(number)
                place.fulfil(number)
            }
            channel.finish()
        }
        reserved.waitFor(count: 2)
        var received = 0
        while let number = try channel.receive() {
            #expect(number == received)
            received += 1
            #expect(reserved.all.count <= received + 2)
        }
        #expect(received == 6)
        try flow.wait()
    }

    @Test func `the end waits for promises that are still open`() throws {
        let flow = Flow()
        let channel: OrderedChannel<Int> = flow.makeOrderedChannel("numbers", capacity: 2)
        let place = try channel.reserve()
        channel.finish()
        let received = Notes<Int?>()
        flow.stage("receive") {
            received.add(try channel.receive())
            received.add(try channel.receive())
        }
        place.fulfil(5)
        try flow.wait()
        #expect(received.all == [5, nil])
    }

    @Test func `both ends of a failed flow throw Stopped and late results are dropped`() throws {
        final class Thing: Sendable {}
        let flow = Flow()
        let channel: OrderedChannel<Thing> = flow.makeOrderedChannel("things", capacity: 2)
        let (first, second) = (try channel.reserve(), try channel.reserve())
        weak var early: Thing?
        weak var late: Thing?
        do {
            let thing = Thing()
            early = thing
            second.fulfil(thing)
        }
        #expect(early != nil)
        let stopped = Notes<Bool>()
        flow.stage("receive") {
            do { _ = try channel.receive() } catch { stopped.add(true) }
        }
        flow.stage("feed") {
            do { _ = try channel.reserve() } catch { stopped.add(true) }
        }
        flow.fail(Oops())
        #expect(throws: Oops()) { try flow.wait() }
        #expect(stopped.all.count == 2)
        #expect(early == nil)
        do {
            let thing = Thing()
            late = thing
            first.fulfil(thing)
        }
        #expect(late == nil)
        #expect(throws: Flow.Stopped.self) { try channel.receive() }
        #expect(throws: Flow.Stopped.self) { try channel.reserve() }
    }

    @Test func `fulfilling a place twice is a programming error`() async {
        await #expect(processExitsWith: .failure) {
            let channel: OrderedChannel<Int> = Flow().makeOrderedChannel("numbers", capacity: 2)
            let place = try channel.reserve()
            place.fulfil(1)
            place.fulfil(2)
        }
    }

    @Test func `fulfilling a place after its result was taken is a programming error`() async {
        await #expect(processExitsWith: .failure) {
            let channel: OrderedChannel<Int> = Flow().makeOrderedChannel("numbers", capacity: 2)
            let place = try channel.reserve()
            place.fulfil(1)
            _ = try channel.receive()
            place.fulfil(2)
        }
    }

    @Test func `promising after the end is a programming error`() async {
        await #expect(processExitsWith: .failure) {
            let channel: OrderedChannel<Int> = Flow().makeOrderedChannel("numbers", capacity: 2)
            channel.finish()
            _ = try channel.reserve()
        }
    }

    @Test func `a channel without a place is a programming error`() async {
        await #expect(processExitsWith: .failure) {
            let _: OrderedChannel<Int> = Flow().makeOrderedChannel("none", capacity: 0)
        }
    }
}

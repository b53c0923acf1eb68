import Pipeline
import Testing

@Suite(.timeLimit(.minutes(1))) struct ChannelTests {
    @Test(arguments: [1, 2, 7])
    func `elements come out in the order in which they went in`(capacity: Int) throws {
        let flow = Flow()
        let channel: Channel<Int> = flow.makeChannel("numbers", capacity: capacity)
        let received = Notes<Int>()
        flow.stage("send") {
            for number in 0..<500 { try channel.send(number) }
            channel.finish()
        }
        flow.stage("receive") {
            while let number = try channel.receive() { received.add(number) }
            received.add(-1)
        }
        try flow.wait()
        #expect(received.all == Array(0..<500) + [-1])
    }

    @Test func `a full channel holds its sender back`() throws {
        let flow = Flow()
        let channel: Channel<Int> = flow.makeChannel("numbers", capacity: 3)
        let sent = Notes<Int>()
        flow.stage("send") {
            for number in 0..<10 {
                try channel.send(number)
                sent.add(number)
            }
            channel.finish()
        }
        sent.waitFor(count: 3)
        // Each receive makes room for one more, so the sender is never more than one ahead of it.
        var received = 0
        while try channel.receive() != nil {
            received += 1
            #expect(sent.all.count <= received + 3)
        }
        #expect(received == 10)
        try flow.wait()
    }

    @Test func `what was sent before the end is received after it`() throws {
        let channel: Channel<String> = Flow().makeChannel("words", capacity: 4)
        try channel.send("a")
        try channel.send("b")
        channel.finish()
        #expect(try channel.receive() == "a")
        #expect(try channel.receive() == "b")
        #expect(try channel.receive() == nil)
        #expect(try channel.receive() == nil)
    }

    @Test func `a channel of optionals tells nil from the end`() throws {
        let channel: Channel<Int?> = Flow().makeChannel("optionals", capacity: 2)
        try channel.send(nil)
        channel.finish()
        #expect(try channel.receive() == .some(nil))
        #expect(try channel.receive() == nil)
    }

    @Test func `both ends of a failed flow throw Stopped, waiting or not`() {
        let flow = Flow()
        let empty: Channel<Int> = flow.makeChannel("empty", capacity: 1)
        let full: Channel<Int> = flow.makeChannel("full", capacity: 1)
        let stopped = Notes<String>()
        flow.stage("receive") {
            do { _ = try empty.receive() } catch { stopped.add("receive") }
        }
        flow.stage("send") {
            try full.send(1)
            do { try full.send(2) } catch { stopped.add("send") }
        }
        flow.fail(Oops())
        #expect(throws: Oops()) { try flow.wait() }
        #expect(Set(stopped.all).isSubset(of: ["receive", "send"]))
        #expect(throws: Flow.Stopped.self) { try empty.receive() }
        #expect(throws: Flow.Stopped.self) { try full.send(3) }
        #expect(throws: Flow.Stopped.self) { try full.receive() }
    }

    @Test func `a failed flow lets go of what waits in its channels`() throws {
        final class Thing: Sendable {}
        let flow = Flow()
        let channel: Channel<Thing> = flow.makeChannel("things", capacity: 2)
        weak var left: Thing?
        do {
            let thing = Thing()
            left = thing
            try channel.send(thing)
        }
        #expect(left != nil)
        flow.fail(Oops())
        #expect(left == nil)
    }

    @Test func `received elements are not kept`() throws {
        final class Thing: Sendable {}
        let channel: Channel<Thing> = Flow().makeChannel("things", capacity: 2)
        weak var left: Thing?
        do {
            let thing = Thing()
            left = thing
            try channel.send(thing)
        }
        _ = try channel.receive()
        #expect(left == nil)
    }

    @Test func `sending after the end is a programming error`() async {
        await #expect(processExitsWith: .failure) {
            let channel: Channel<Int> = Flow().makeChannel("numbers", capacity: 1)
            channel.finish()
            try channel.send(1)
        }
    }

    @Test func `a channel without room is a programming error`() async {
        await #expect(processExitsWith: .failure) {
            let _: Channel<Int> = Flow().makeChannel("none", capacity: 0)
        }
    }
}

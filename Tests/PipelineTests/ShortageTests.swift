import Foundation
import Testing

@testable import Pipeline

/// Each in a process of its own, which may have no more memory than it has, and a little.
@Suite struct ShortageTests {
    @Test func `workers without threads are refused before anything starts`() async {
        await #expect(processExitsWith: .success) {
            // The stacks of nine threads fit into it, those of 72 do not.
            try #require(limitMemory(to: 160 << 20))
            #expect(throws: Shortage.threads(72)) {
                _ = try Flow().makeWorkers(64, meter: StageMeter("work")) { 0 }
            }
            #expect(throws: Never.self) {
                let flow = Flow()
                let workers = try flow.makeWorkers(1, meter: StageMeter("work")) { 0 }
                workers.finish()
                try flow.wait()
            }
        }
    }

    @Test func `a buffer for which there is no memory fails the flow`() async {
        await #expect(processExitsWith: .success) {
            try #require(limitMemory(to: 32 << 20))
            let flow = Flow()
            let buffers = BufferPool(bufferByteCount: 64 << 20, limit: 1, in: flow)
            #expect(throws: Flow.Stopped.self) { try buffers.take() }
            #expect(flow.failure as? Shortage == .memory(byteCount: 64 << 20))
        }
    }
}

/// Lets the process have so many bytes of addresses more than it has. Source: proc_pid_statm(5).
private func limitMemory(to byteCount: UInt) -> Bool {
    let words = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(
        separator: " ")
    guard let pages = words?.first.flatMap({ UInt($0) }) else { return false }
    let limit = rlim_t(pages * UInt(sysconf(Int32(_SC_PAGESIZE))) + byteCount)
    var limits = rlimit(rlim_cur: limit, rlim_max: limit)
    return unsafe setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limits) == 0
}

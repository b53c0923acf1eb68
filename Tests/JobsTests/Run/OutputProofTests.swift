import Archive
import Foundation
import Testing

@testable import Jobs

@Suite struct OutputProofTests {
    let place: Workplace

    init() throws { place = try Workplace() }

    @Test func `a file is made and nothing is left`() throws {
        try OutputProof.checkWritable(place("set/that/is/not/there"))
        try OutputProof.checkWritable(place.path)
        #expect(try FileManager.default.contentsOfDirectory(atPath: place.path) == [])
    }

    @Test(arguments: ["/proc", "/proc/set"])
    func `where no file can be made, nothing can be written`(path: String) {
        let error = #expect(throws: (any Error).self) { try OutputProof.checkWritable(path) }
        #expect(error.map { JobError(explaining: $0).message.hasPrefix("/proc: ") } == true)
    }

    @Test func `the last archive must fit again`() throws {
        func last(_ byteCount: Int) -> LastRun {
            LastRun(
                archive: "set/a",
                totals: Manifest.Totals(entries: 1, content: 1, tar: 1, stored: byteCount))
        }
        try OutputProof.checkRoom(for: nil, at: place("set"))
        try OutputProof.checkRoom(for: last(1), at: place("set"))
        let error = #expect(throws: JobError.self) {
            try OutputProof.checkRoom(for: last(1 << 59), at: place("set"))
        }
        #expect(error?.status == .exhausted && error?.message.contains("set/a") == true)
    }

    @Test func `what killed runs left counts as room`() throws {
        #expect(OutputProof.leftoverByteCount(in: place("set")) == 0)
        let bytes = [UInt8](repeating: 7, count: 1 << 20)
        try place.write("set/20260102T030405.678Z/part", bytes)
        #expect(OutputProof.leftoverByteCount(in: place("set")) == 0)
        try place.write("set/.20260103T030405.678Z.partial/part", bytes)
        try place.write("set/.20260102T030405.678Z.rewrap/part", bytes)
        #expect(2 << 20...3 << 20 ~= OutputProof.leftoverByteCount(in: place("set")))
    }
}

import Storage
import Testing

@Suite struct ArchiveNameTests {
    @Test(arguments: [
        (0, 0, "19700101T000000.000Z"), (1_767_323_045, 678, "20260102T030405.678Z"),
        (951_782_399, 999, "20000228T235959.999Z"), (951_782_400, 1, "20000229T000000.001Z"),
        (951_868_800, 10, "20000301T000000.010Z"), (4_107_542_400, 0, "21000301T000000.000Z"),
        (4_107_542_399, 0, "21000228T235959.000Z"), (1_709_251_199, 0, "20240229T235959.000Z"),
        (-1, 999, "19691231T235959.999Z"), (253_402_300_799, 999, "99991231T235959.999Z"),
        (-62_167_219_200, 0, "00000101T000000.000Z"),
    ])
    func `a name is the UTC time`(seconds: Int, milliseconds: Int, name: String) {
        #expect(ArchiveName(seconds: seconds, milliseconds: milliseconds).description == name)
    }

    @Test func `names say what date says`() throws {
        var random = SystemRandomNumberGenerator()
        let lastDay = 253_402_300_799 / 86400
        var times = (0..<400).map { _ in
            Int.random(in: -2_000_000_000..<10_000_000_000, using: &random)
        }
        // The first and the last second of every day from mid-February to mid-March of some years.
        for year in [1900, 1970, 1999, 2000, 2024, 2100, 2400, 9996] {
            let days = (year - 1970) * 365 + (year - 1969) / 4 + 45
            for day in days..<days + 30 where day < lastDay {
                times += [day * 86400, day * 86400 + 86399]
            }
        }
        try withTemporaryDirectory { directory in
            let path = "\(directory)/times"
            try write(times.map { "@\($0)\n" }.joined(), to: path)
            let text = try output(of: "date", ["-u", "-f", path, "+%Y%m%dT%H%M%S.000Z"])
            let dates = try #require(text, "this machine has no date(1)").split(separator: "\n")
            try #require(dates.count == times.count)
            for (time, date) in zip(times, dates) {
                #expect(ArchiveName(seconds: time, milliseconds: 0).description == date)
            }
        }
    }

    @Test func `the order of names is the order of time`() {
        var random = SystemRandomNumberGenerator()
        func moment() -> (Int, Int) {
            (
                Int.random(in: 0..<8_000_000_000, using: &random),
                Int.random(in: 0..<1000, using: &random)
            )
        }
        for _ in 0..<500 {
            let (a, b) = (moment(), moment())
            let names = [a, b].map { ArchiveName(seconds: $0.0, milliseconds: $0.1) }
            #expect((names[0] < names[1]) == (a < b))
            #expect((names[0] == names[1]) == (a == b))
        }
        let close = [(7, 999), (8, 0), (8, 1), (8, 10), (8, 100), (10, 0)].map {
            ArchiveName(seconds: $0.0, milliseconds: $0.1)
        }
        #expect(close.sorted() == close)
    }

    @Test func `a name is read back`() {
        let name = ArchiveName(seconds: 1_767_323_045, milliseconds: 678)
        #expect(ArchiveName(name.description) == name)
    }

    @Test(arguments: [
        "", "20260102T030405.678", "20260102T030405.678ZZ", "20260102t030405.678Z",
        "2026-102T030405.678Z", ".20260102T030405.678Z", "20260102T030405,678Z",
        "２0260102T030405.678Z", "20260102T030405.67aZ", "lost+found", "20260102T030405.678Z/",
    ])
    func `what has another form is no name`(text: String) {
        #expect(ArchiveName(text) == nil)
    }

    @Test(arguments: [
        ("20260102T030405.678Z", "20260102T030405.679Z"),
        ("20240228T235959.999Z", "20240229T000000.000Z"),
        ("20251231T235959.999Z", "20260101T000000.000Z"),
        ("99991231T235959.998Z", "99991231T235959.999Z"),
    ])
    func `the next name is a millisecond later`(name: String, next: String) throws {
        #expect(try #require(ArchiveName(name)).next?.description == next)
    }

    @Test(arguments: ["99991231T235959.999Z", "99999999T999999.999Z", "00000000T000000.000Z"])
    func `where no time is later, or it is none, there is no next name`(name: String) throws {
        #expect(try #require(ArchiveName(name)).next == nil)
    }

    @Test func `more than a second of milliseconds is a programming error`() async {
        await #expect(processExitsWith: .failure) {
            _ = ArchiveName(seconds: 0, milliseconds: 1000)
        }
        await #expect(processExitsWith: .failure) { _ = ArchiveName(seconds: 0, milliseconds: -1) }
    }

    @Test func `a year of five digits is a programming error`() async {
        await #expect(processExitsWith: .failure) {
            _ = ArchiveName(seconds: 253_402_300_800, milliseconds: 0)
        }
    }
}

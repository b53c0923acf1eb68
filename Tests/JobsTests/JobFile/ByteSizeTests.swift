import Testing

@testable import Jobs

@Suite struct ByteSizeTests {
    @Test(arguments: [
        ("4MiB", 4 << 20), ("4MB", 4_000_000), ("1KiB", 1024), ("1kB", 1000), ("1KB", 1000),
        ("7B", 7), ("0B", 0), ("2GiB", 2 << 30), ("2GB", 2_000_000_000), ("1TiB", 1 << 40),
        ("007MiB", 7 << 20),
    ])
    func `a size has a number and a unit`(text: String, byteCount: Int) throws {
        #expect(try ByteSize.parse(text) == byteCount)
    }

    @Test(arguments: [
        ("4", ByteSize.Invalid.noUnit), ("", .notASize), ("MiB", .notASize), ("4XiB", .notASize),
        ("1.5MiB", .notASize), ("+4MiB", .notASize), ("4MiBs", .notASize), ("٤MiB", .notASize),
        ("4m", .misspelledUnit("MiB")), ("4mb", .misspelledUnit("MB")),
        ("4 kib", .misspelledUnit("KiB")), ("9999999999999999999999B", .tooLarge),
        ("9999999TiB", .tooLarge),
    ])
    func `anything else is refused`(text: String, error: ByteSize.Invalid) {
        #expect(throws: error) { try ByteSize.parse(text) }
    }

    @Test(arguments: [0, 1, 1000, 1023, 1024, 1025, 1 << 20, 3 << 30, 4_000_000, 1 << 40, Int.max])
    func `a size is written so that it reads back`(byteCount: Int) throws {
        #expect(try ByteSize.parse(ByteSize.text(byteCount)) == byteCount)
    }

    @Test func `the shortest unit is written, binary before decimal`() {
        #expect(ByteSize.text(4 << 20) == "4MiB")
        #expect(ByteSize.text(4_000_000) == "4MB")
        #expect(ByteSize.text(1536) == "1536B")
    }
}

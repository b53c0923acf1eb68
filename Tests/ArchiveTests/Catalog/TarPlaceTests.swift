import Archive
import Testing

@Suite struct TarPlaceTests {
    private func place(size: Int, header: Int, at offset: Int) -> TarPlace {
        let entry = Entry(
            path: bytes("f"), kind: .file, mode: 0, modified: Sample.time, size: size)
        return TarPlace(of: CatalogEntry(entry: entry, headerByteCount: header), at: offset)
    }

    @Test(arguments: [(0, 2048), (1, 2560), (511, 2560), (512, 2560), (513, 3072)])
    func `data follows the header and is filled up to whole blocks`(size: Int, end: Int) {
        let place = place(size: size, header: 1536, at: 512)
        #expect(place.header == 512..<2048)
        #expect(place.data == 2048..<2048 + size)
        #expect(place.end == end)
    }

    @Test func `the largest entries a catalog may name can be laid behind one another`() {
        var offset = 0
        for _ in 0..<100 {
            let next = place(size: (1 << 60) - 1, header: (1 << 40) - 512, at: offset)
            #expect(next.end >= offset)
            offset = next.end
        }
        #expect(offset == 1 << 61)
    }
}

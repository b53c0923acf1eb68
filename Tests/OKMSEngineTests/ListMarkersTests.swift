import LibCrypto
import OKMS
import Testing

@testable import OKMSEngine

@Suite struct ListMarkersTests {
    private let position: [UInt8]
    private let list: ListMarkers.List
    private let markers = ListMarkers(key: [UInt8](repeating: 7, count: 32))

    init() throws {
        position = ListPosition(created: 1_767_323_045.25, key: try .random()).bytes
        list = ListMarkers.List(account: .random(), action: .listKeys, key: nil)
    }

    @Test func `a marker leads back to its position`() throws {
        let text = try markers.text(for: position, in: list)
        #expect(text.utf8.count <= 1024)
        #expect(try markers.position(of: text, in: list) == position)
        let read = try #require(ListPosition(bytes: position))
        #expect(read.created == 1_767_323_045.25)
        #expect(read.bytes == position)
    }

    @Test func `the longest position fits into a marker`() throws {
        let text = try markers.text(for: [UInt8](repeating: 0xff, count: 512), in: list)
        #expect(text.utf8.count <= 1024)
    }

    @Test func `no other character will do anywhere`() throws {
        let text = Array(try markers.text(for: position, in: list).utf8)
        for index in text.indices {
            for character in [UInt8(ascii: "A"), UInt8(ascii: "/"), UInt8(ascii: "="), 0x20]
            where character != text[index] {
                var altered = text
                altered[index] = character
                let marker = String(decoding: altered, as: UTF8.self)
                #expect(try markers.position(of: marker, in: list) == nil)
            }
        }
    }

    @Test func `a marker is of no use in another list, account, key or store`() throws {
        let text = try markers.text(for: position, in: list)
        let others = [
            ListMarkers.List(account: list.account, action: .listAliases, key: nil),
            ListMarkers.List(account: .random(), action: .listKeys, key: nil),
            ListMarkers.List(account: list.account, action: .listKeys, key: try .random()),
        ]
        for other in others { #expect(try markers.position(of: text, in: other) == nil) }
        let stranger = ListMarkers(key: [UInt8](repeating: 8, count: 32))
        #expect(try stranger.position(of: text, in: list) == nil)
    }
}

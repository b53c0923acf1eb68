import LibCrypto
import OKMS
import Testing

@testable import OKMSEngine

@Suite struct ListMarkersTests {
    private let position: ListPosition
    private let account: StoredAccount

    init() throws {
        position = ListPosition(created: 1_767_323_045.25, key: try .random())
        account = try .random(region: "eu-west-2", hsmIdentity: [])
    }

    @Test func `a marker leads back to its position`() throws {
        let text = try ListMarkers(of: account).text(for: position, in: "ListKeys")
        #expect(text.utf8.count <= 1024)
        #expect(try ListMarkers(of: account).position(of: text, in: "ListKeys") == position)
    }

    @Test func `no other character will do anywhere`() throws {
        let markers = ListMarkers(of: account)
        let text = Array(try markers.text(for: position, in: "ListKeys").utf8)
        for index in text.indices {
            for character in [UInt8(ascii: "A"), UInt8(ascii: "/"), UInt8(ascii: "="), 0x20]
            where character != text[index] {
                var altered = text
                altered[index] = character
                let marker = String(decoding: altered, as: UTF8.self)
                #expect(try markers.position(of: marker, in: "ListKeys") == nil)
            }
        }
    }

    @Test func `a marker is of no use in another list, account or store`() throws {
        let text = try ListMarkers(of: account).text(for: position, in: "ListKeys")
        #expect(try ListMarkers(of: account).position(of: text, in: "ListTags") == nil)
        let id = try #require(AccountID("000000000000"))
        let neighbour = StoredAccount(
            id: id, region: account.region, hsmIdentity: [], markerKey: account.markerKey)
        #expect(try ListMarkers(of: neighbour).position(of: text, in: "ListKeys") == nil)
        let stranger = StoredAccount(
            id: account.id, region: account.region, hsmIdentity: [],
            markerKey: [UInt8](repeating: 0, count: 32))
        #expect(try ListMarkers(of: stranger).position(of: text, in: "ListKeys") == nil)
    }
}

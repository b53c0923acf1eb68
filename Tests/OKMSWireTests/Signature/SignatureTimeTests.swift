import Testing

@testable import OKMSWire

@Suite struct SignatureTimeTests {
    @Test(arguments: [
        (0, "19700101T000000Z"), (951_782_400, "20000229T000000Z"),
        (1_767_323_045, "20260102T030405Z"), (4_107_542_399, "21000228T235959Z"),
        (4_107_542_400, "21000301T000000Z"), (253_402_300_799, "99991231T235959Z"),
    ])
    func `moments are written and read`(_ seconds: Int, _ written: String) {
        #expect(SignatureTime(seconds: seconds).description == written)
        #expect(SignatureTime(written)?.seconds == seconds)
        #expect(SignatureTime(seconds: seconds).day == String(written.prefix(8)))
    }

    @Test(arguments: [
        "", "20260102", "20260102T030405", "20260102t030405Z", "20260102T030405+",
        "20261302T030405Z",
        "20260230T030405Z", "20260102T240000Z", "20260102T006000Z", "20260102T000060Z",
        "19691231T235959Z", "-0260102T030405Z", "2026010２T03040Z",
    ])
    func `what is no moment is not read`(_ text: String) {
        #expect(SignatureTime(text) == nil)
    }

    @Test func `dates of HTTP are read`() {
        #expect(
            SignatureTime(httpDate: "Fri, 02 Jan 2026 03:04:05 GMT")?.seconds == 1_767_323_045)
        for text in [
            "", "Fri, 02 Jan 2026 03:04:05", "Fri, 2 Jan 2026 03:04:05 GMT", "a b c d e GMT",
        ] {
            #expect(SignatureTime(httpDate: text) == nil)
        }
    }
}

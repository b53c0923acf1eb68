import OKMS
import Testing

@Suite struct AccountIDTests {
    @Test func `an account id is twelve digits, leading zeroes kept`() {
        #expect(AccountID("012345678901")?.description == "012345678901")
    }

    @Test(arguments: ["", "12345678901", "1234567890123", "12345678901a", "１２３４"])
    func `anything else is refused`(text: String) {
        #expect(AccountID(text) == nil)
    }
}

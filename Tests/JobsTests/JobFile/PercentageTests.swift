import Testing

@testable import Jobs

@Suite struct PercentageTests {
    @Test(arguments: [
        ("0%", 0), ("5%", 500), ("0.5%", 50), ("0.25%", 25), ("0.01%", 1), ("12.05%", 1205),
        ("100%", 10_000), ("100.00%", 10_000), ("007%", 700),
    ])
    func `shares are read to the hundredth`(text: String, hundredths: Int) throws {
        let share = try Percentage(text)
        #expect(share.hundredths == hundredths)
        #expect(share.fraction == Double(hundredths) / 10_000)
        #expect(try Percentage(share.description) == share)
    }

    @Test(arguments: [("5%", "5%"), ("0.50%", "0.5%"), ("1.05%", "1.05%"), ("100.0%", "100%")])
    func `the shortest spelling is written`(text: String, written: String) throws {
        #expect(try Percentage(text).description == written)
    }

    @Test(arguments: [
        "", "%", "a%", "-5%", "+5%", "5 %", "5%%", ".5%", "5.%", "1.2.3%", "1.234%", "٥%", "5e1%",
    ])
    func `what is no share is refused`(text: String) {
        #expect(throws: Percentage.Invalid.notAShare) { try Percentage(text) }
    }

    @Test func `a number alone and too much are told apart`() {
        #expect(throws: Percentage.Invalid.noSign) { try Percentage("5") }
        #expect(throws: Percentage.Invalid.noSign) { try Percentage("0.5") }
        for text in ["101%", "100.01%", "99999999999999999999%"] {
            #expect(throws: Percentage.Invalid.tooLarge) { try Percentage(text) }
        }
    }
}

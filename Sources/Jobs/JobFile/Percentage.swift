/// A share as people write it: `5%`, or to the hundredth, `0.25%`.
package struct Percentage: Sendable, Hashable, Comparable {
    package enum Invalid: Error, Equatable {
        /// A number alone.
        case noSign
        case notAShare
        /// More than all.
        case tooLarge
    }

    /// Of a percent, 0 … 10 000.
    let hundredths: Int

    package static let zero = Percentage(hundredths: 0)
    package static let smallest = Percentage(hundredths: 1)
    package static let all = Percentage(hundredths: 10_000)

    /// What the schema says about a share.
    static let pattern = "^[0-9]+(\\.[0-9]{1,2})?%$"

    private init(hundredths: Int) { self.hundredths = hundredths }

    package init(_ text: String) throws(Invalid) {
        let pieces = text.dropLast(text.hasSuffix("%") ? 1 : 0)
            .split(separator: ".", omittingEmptySubsequences: false)
        let isNumber = pieces.allSatisfy { piece in
            !piece.isEmpty && piece.utf8.allSatisfy { 0x30...0x39 ~= $0 }
        }
        guard isNumber, 1...2 ~= pieces.count else { throw .notAShare }
        guard text.hasSuffix("%") else { throw .noSign }
        let fraction = pieces.count == 2 ? pieces[1] : "0"
        guard fraction.utf8.count <= 2,
            let rest = Int(fraction.utf8.count == 1 ? fraction + "0" : fraction)
        else { throw .notAShare }
        guard let whole = Int(pieces[0]), whole <= 100, whole * 100 + rest <= 10_000 else {
            throw .tooLarge
        }
        self.init(hundredths: whole * 100 + rest)
    }

    /// 0 … 1.
    package var fraction: Double { Double(hundredths) / 10_000 }

    package static func < (a: Percentage, b: Percentage) -> Bool { a.hundredths < b.hundredths }
}

extension Percentage: CustomStringConvertible {
    /// The shortest spelling that is read back as the same.
    package var description: String {
        let (whole, rest) = hundredths.quotientAndRemainder(dividingBy: 100)
        if rest == 0 { return "\(whole)%" }
        return rest % 10 == 0
            ? "\(whole).\(rest / 10)%" : "\(whole).\(rest < 10 ? "0" : "")\(rest)%"
    }
}

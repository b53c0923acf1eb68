/// The account that owns a customer master key: twelve decimal digits.
package struct AccountID: Hashable, Sendable, CustomStringConvertible {
    package let description: String

    /// Nil unless the text is twelve ASCII digits.
    package init?(_ text: String) {
        guard text.utf8.count == 12, text.utf8.allSatisfy({ 0x30...0x39 ~= $0 }) else { return nil }
        description = text
    }
}

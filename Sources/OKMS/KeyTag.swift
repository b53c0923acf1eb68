/// A label of a customer master key: a key of 1 … 128 characters and a value of 0 … 256.
package struct KeyTag: Hashable, Sendable {
    package let key: String
    package let value: String

    package init(key: String, value: String) {
        self.key = key
        self.value = value
    }
}

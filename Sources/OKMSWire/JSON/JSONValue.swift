/// A value of a request or an answer, as it was read.
indirect enum JSONValue {
    case null
    case boolean(Bool)
    case integer(Int)
    case number(Double)
    case text(String)
    /// Text that is not copied out of the body: where it stands, without its quotes.
    case secretText(Range<Int>)
    case list([JSONValue])
    /// In the order of the body; each name once.
    case object([JSONMember])

    /// In the words of an error message.
    var kind: String {
        switch self {
        case .null: "null"
        case .boolean: "a boolean"
        case .integer, .number: "a number"
        case .text, .secretText: "a string"
        case .list: "a list"
        case .object: "an object"
        }
    }
}

struct JSONMember {
    let name: String
    let value: JSONValue
}

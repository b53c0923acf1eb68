/// A value in a line of `--log-format json`: numbers are JSON numbers, so that nobody has to parse them.
enum EventField: Encodable, Equatable {
    case text(String)
    case whole(Int)
    case decimal(Double)

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .text(let value): try container.encode(value)
        case .whole(let value): try container.encode(value)
        case .decimal(let value): try container.encode(value)
        }
    }
}

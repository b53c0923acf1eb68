/// A length of time as people write it: a whole number and `s`, `m`, `h` or `d`.
struct TimeSpan: Equatable {
    let seconds: Double

    init?(argument: String) {
        let units: [Character: Double] = ["s": 1, "m": 60, "h": 3600, "d": 86400]
        guard let unit = argument.last.flatMap({ units[$0] }),
            let count = UInt32(argument.dropLast()), count > 0, argument.first != "+"
        else { return nil }
        seconds = Double(count) * unit
    }

    init(seconds: Double) { self.seconds = seconds }
}

extension TimeSpan: CustomStringConvertible {
    var description: String { "\(Int(seconds))s" }
}

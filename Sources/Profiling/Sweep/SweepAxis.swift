/// A setting that a sweep varies, and the values it takes: `level=1,3,6`.
///
/// The name is a word for what is varied most, or the whole path of the value in the job file, as
/// `--set` takes it.
package struct SweepAxis: Sendable, Equatable, Encodable {
    package struct Invalid: Error, Equatable, CustomStringConvertible {
        package let description: String
    }

    /// As the user wrote it.
    package let name: String
    /// Where the value stands in the job file.
    package let path: String
    package let values: [String]

    /// What is varied most, and where it stands.
    package static let words: KeyValuePairs = [
        "level": "stages.compress.level", "workers": "limits.workers", "chunk": "stages.chunk.size",
        "frame": "stages.encrypt.frame", "part": "stages.encrypt.part",
    ]

    package init(_ text: String) throws(Invalid) {
        let sides = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let name = String(sides[0])
        guard sides.count == 2, !name.isEmpty else {
            throw Invalid(description: "'\(text)' is no setting and its values, as in level=1,3,6")
        }
        let values = sides[1].split(separator: ",", omittingEmptySubsequences: false)
            .map(String.init)
        guard values.allSatisfy({ !$0.isEmpty }) else {
            throw Invalid(description: "'\(text)' has an empty value")
        }
        guard Set(values).count == values.count else {
            throw Invalid(description: "'\(text)' has a value twice")
        }
        let path = Self.words.first { $0.key == name }?.value
        guard let path = path ?? (name.contains(".") ? name : nil) else {
            let words = Self.words.map(\.key).joined(separator: ", ")
            throw Invalid(
                description:
                    "'\(name)' cannot be varied; what can: \(words), or the path of a value "
                    + "in the job file")
        }
        (self.name, self.path, self.values) = (name, path, values)
    }

    /// Every combination of one value of each axis, the last axis fastest.
    package static func grid(of axes: [SweepAxis]) throws(Invalid) -> [[Choice]] {
        guard Set(axes.map(\.path)).count == axes.count else {
            throw Invalid(description: "a setting is varied twice")
        }
        var grid: [[Choice]] = [[]]
        for axis in axes {
            grid = grid.flatMap { start in
                axis.values.map { start + [Choice(name: axis.name, path: axis.path, value: $0)] }
            }
        }
        return grid
    }

    /// One value of an axis.
    package struct Choice: Sendable, Equatable, Encodable {
        package let name: String
        package let path: String
        package let value: String

        package init(name: String, path: String, value: String) {
            (self.name, self.path, self.value) = (name, path, value)
        }

        /// As `--set` takes it.
        package var setting: String { "\(path)=\(value)" }
    }
}

import Foundation

/// How much of a long list a test goes through: all of it for `make torture`, else a few, at equal distances.
package enum Torture {
    package static let isOn = ProcessInfo.processInfo.environment["SEALPIPE_TORTURE"] != nil

    /// Of `all`, in their order, and says how many.
    package static func part<T>(_ name: String, of all: [T], short: Int = 16) -> [T] {
        let count = isOn ? all.count : min(short, all.count)
        print("\(name): \(count) of \(all.count)")
        return (0..<count).map { all[$0 * all.count / count] }
    }
}

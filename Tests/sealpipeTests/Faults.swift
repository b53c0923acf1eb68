import Foundation
import TestSupport
import Testing

extension Workplace {
    /// Runs the program while calls on files below `folder` (everything here, if empty) meet `action`,
    /// from the `first` such call to the `last`. `settings` go into its environment too.
    func sealpipe(
        _ arguments: String, meeting action: String, on calls: String, in folder: String = "",
        from first: Int = 1, to last: Int = .max, settings: String = ""
    ) throws -> Ending {
        let library = try #require(Shim.fault, "clang builds Tests/FaultShim")
        let variables = Shim.faults(
            library, meeting: action, on: calls, in: "\(path)/\(folder)", from: first, to: last,
            countingIn: "\(path)/.io/count")
        let faults = variables.map { "\($0)='\($1)' " }.joined()
        return try shell("\(faults)\(settings) sealpipe \(arguments)")
    }

    /// How many calls there are that change something below here.
    func countWrites(_ arguments: String) throws -> Int {
        let ending = try sealpipe(arguments, meeting: "kill", on: "writes", from: 0, to: 0)
        #expect(ending.status == 0, "\(ending)")
        return try #require(
            Int(text(".io/count").trimmingCharacters(in: .whitespacesAndNewlines)))
    }
}

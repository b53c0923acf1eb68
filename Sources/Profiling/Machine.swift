import Foundation

/// The machine of a run, as far as it says how fast a run can be.
package struct Machine: Sendable, Equatable, Encodable {
    /// As many as the process may use.
    package var processors: Int
    /// What the processors call themselves; empty where they do not.
    package var model: String
    package var architecture: String
    package var memoryBytes: Int
    /// Name and release.
    package var kernel: String

    /// The one that this runs on. Source: proc(5).
    static func current(processors: Int) -> Machine {
        Machine(
            processors: processors, model: model(in: contents(of: "/proc/cpuinfo")),
            architecture: architecture, memoryBytes: Int(ProcessInfo.processInfo.physicalMemory),
            kernel: contents(of: "/proc/sys/kernel/ostype") + " "
                + contents(of: "/proc/sys/kernel/osrelease"))
    }

    /// The name in the first line that gives one. Processors of ARM have none.
    static func model(in text: String) -> String {
        let line = text.split(separator: "\n").first { $0.hasPrefix("model name") }
        let name = line?.split(separator: ":", maxSplits: 1).last
        return name?.trimmingCharacters(in: .whitespaces) ?? ""
    }

    private static func contents(of path: String) -> String {
        let data = FileManager.default.contents(atPath: path) ?? Data()
        return String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }

    private static var architecture: String {
        #if arch(x86_64)
            "x86_64"
        #elseif arch(arm64)
            "aarch64"
        #else
            "unknown"
        #endif
    }
}

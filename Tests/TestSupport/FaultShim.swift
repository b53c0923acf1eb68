import Foundation

/// Tests/FaultShim, which meets calls of the system with faults, built once.
package enum FaultShim {
    /// The library; nil where nobody can build it.
    package static let path: String? = {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent()
        let library = "\(NSTemporaryDirectory())/sealpipe-faults-\(getpid()).so"
        let build = Process()
        build.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        build.arguments = [
            "clang", "-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o", library,
            "\(root.path)/FaultShim/FaultShim.c",
        ]
        guard (try? build.run()) != nil else { return nil }
        build.waitUntilExit()
        atexit { unsafe unlink("\(NSTemporaryDirectory())/sealpipe-faults-\(getpid()).so") }
        return build.terminationStatus == 0 ? library : nil
    }()

    /// What a program's environment needs for the library to meet `calls` on files whose path contains
    /// `path`, from the `first` to the `last`, with `action`; `countingIn` gets how many there were.
    package static func environment(
        _ library: String, meeting action: String, on calls: String, in path: String,
        from first: Int = 1, to last: Int = .max, countingIn file: String
    ) -> [String: String] {
        [
            "LD_PRELOAD": library, "SEALPIPE_FAULT_COUNT": file,
            "SEALPIPE_FAULT": "\(calls):\(path):\(first):\(last):\(action)",
        ]
    }
}

/// How much of a long list a test goes through: all of it for `make torture`, else what chance takes.
package enum Torture {
    package static let isOn = ProcessInfo.processInfo.environment["SEALPIPE_TORTURE"] != nil

    /// Of `all`, in their order, and says how many.
    package static func part<T>(_ name: String, of all: [T], short: Int = 16) -> [T] {
        let count = isOn ? all.count : min(short, all.count)
        print("\(name): \(count) of \(all.count)")
        return all.indices.shuffled().prefix(count).sorted().map { all[$0] }
    }
}

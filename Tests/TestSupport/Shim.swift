import Foundation

/// Libraries that tests preload into the programs, each built once; nil where clang is missing.
package enum Shim {
    /// Tests/FaultShim, which meets calls of the system with faults.
    package static let fault = build("FaultShim")
    /// Tests/MemoryShim, which holds the program at its end.
    package static let memory = build("MemoryShim")

    private static func build(_ name: String) -> String? {
        let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent()
        let folder = "\(NSTemporaryDirectory())/sealpipe-shims-\(getpid())"
        try? FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
        atexit {
            try? FileManager.default.removeItem(
                atPath: "\(NSTemporaryDirectory())/sealpipe-shims-\(getpid())")
        }
        let build = Process()
        build.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        build.arguments = [
            "clang", "-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o", "\(folder)/\(name).so",
            "\(tests.path)/\(name)/\(name).c",
        ]
        guard (try? build.run()) != nil else { return nil }
        build.waitUntilExit()
        return build.terminationStatus == 0 ? "\(folder)/\(name).so" : nil
    }

    /// What a program's environment needs for the library of faults to meet `calls` on files whose path
    /// contains `path`, from the `first` to the `last`, with `action`; `countingIn` gets how many there were.
    package static func faults(
        _ library: String, meeting action: String, on calls: String, in path: String,
        from first: Int = 1, to last: Int = .max, countingIn file: String
    ) -> [String: String] {
        [
            "LD_PRELOAD": library, "SEALPIPE_FAULT_COUNT": file,
            "SEALPIPE_FAULT": "\(calls):\(path):\(first):\(last):\(action)",
        ]
    }
}

import Foundation
import Testing

/// A library that a test preloads into the program, built once.
enum Shim {
    /// Tests/FaultShim, which meets calls of the system with faults.
    static let fault = build("FaultShim")
    /// Tests/MemoryShim, which holds the program at its end.
    static let memory = build("MemoryShim")

    /// Nil where clang is missing.
    private static func build(_ name: String) -> String? {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
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
            "\(root.path)/\(name)/\(name).c",
        ]
        guard (try? build.run()) != nil else { return nil }
        build.waitUntilExit()
        return build.terminationStatus == 0 ? "\(folder)/\(name).so" : nil
    }
}

extension Workplace {
    /// Runs the program while calls on files below `folder` (everything here, if empty) meet `action`,
    /// from the `first` such call to the `last`.
    func sealpipe(
        _ arguments: String, meeting action: String, on calls: String, in folder: String = "",
        from first: Int = 1, to last: Int? = nil
    ) throws -> Ending {
        let shim = try #require(Shim.fault, "clang builds Tests/FaultShim")
        let fault = "\(calls):\(path)/\(folder):\(first):\(last ?? .max):\(action)"
        return try shell(
            "SEALPIPE_FAULT='\(fault)' SEALPIPE_FAULT_COUNT='\(path)/.io/count' LD_PRELOAD='\(shim)' "
                + "sealpipe \(arguments)")
    }

    /// How many calls there are that change something below here.
    func countWrites(_ arguments: String) throws -> Int {
        let ending = try sealpipe(arguments, meeting: "kill", on: "writes", from: 0, to: 0)
        #expect(ending.status == 0, "\(ending)")
        return try #require(
            Int(text(".io/count").trimmingCharacters(in: .whitespacesAndNewlines)))
    }
}

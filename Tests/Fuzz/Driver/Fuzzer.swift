import Foundation
import FuzzTargets

// Built for libFuzzer (`make fuzz`) this is what it calls with one input after another; built without,
// a program that reads given inputs once, for a debugger.

private func failure(_ text: String) -> Never {
    FileHandle.standardError.write(Data("fuzzer: \(text)\n".utf8))
    abort()
}

private func target(_ name: String?) -> FuzzTarget {
    guard let target = FuzzTarget.all.first(where: { $0.name == name }) else {
        let names = FuzzTarget.all.map(\.name).joined(separator: ", ")
        failure("name one of these targets: \(names)")
    }
    return target
}

private func check(_ input: [UInt8], with target: FuzzTarget) {
    do {
        try target.check(input)
    } catch {
        failure("\(error)")
    }
}

#if FUZZING
    /// `FUZZ_TARGET`, looked up once.
    private let chosen = target(ProcessInfo.processInfo.environment["FUZZ_TARGET"])

    /// Writes the target's seeds into the folder that `FUZZ_SEEDS` names.
    /// Source: LLVM, "libFuzzer", startup initialization.
    @_cdecl("LLVMFuzzerInitialize")
    public func initialize(
        _ count: UnsafeMutableRawPointer?, _ arguments: UnsafeMutableRawPointer?
    ) -> CInt {
        guard let folder = ProcessInfo.processInfo.environment["FUZZ_SEEDS"] else { return 0 }
        do {
            for (number, seed) in try chosen.seeds().enumerated() {
                try Data(seed).write(to: URL(fileURLWithPath: "\(folder)/seed-\(number)"))
            }
        } catch {
            failure("the seeds cannot be written: \(error)")
        }
        return 0
    }

    /// Source: LLVM, "libFuzzer", fuzz target.
    @_cdecl("LLVMFuzzerTestOneInput")
    public func testOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
        unsafe check(Array(UnsafeBufferPointer(start: bytes, count: count)), with: chosen)
        return 0
    }
#else
    @main struct Fuzzer {
        static func main() throws {
            let arguments = CommandLine.arguments.dropFirst()
            let target = target(arguments.first)
            for path in arguments.dropFirst() {
                check(Array(try Data(contentsOf: URL(fileURLWithPath: path))), with: target)
            }
        }
    }
#endif

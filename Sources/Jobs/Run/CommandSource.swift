import Foundation
import Glibc
import Pipeline

/// What a program prints on its standard output. It is started without a shell.
///
/// A program that fails makes the run fail, however much it has printed: half a dump is no backup.
struct CommandSource: StreamSource {
    let arguments: [String]

    var description: String { "'\(arguments.joined(separator: " "))'" }

    func read(_ flow: Flow, _ body: (Span<UInt8>) throws -> Void) throws {
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = arguments
        process.standardOutput = output
        process.standardInput = FileHandle.nullDevice
        do { try process.run() } catch {
            throw JobError(.failed, "cannot start \(self): \(error.localizedDescription)")
        }
        do {
            try readAll(from: output.fileHandleForReading.fileDescriptor, flow, body)
        } catch {
            end(process)
            throw error
        }
        do {
            while process.isRunning {
                try flow.check()
                pause()
            }
        } catch {
            end(process)
            throw error
        }
        guard process.terminationReason == .exit, process.terminationStatus == 0 else {
            let how =
                process.terminationReason == .exit
                ? "ended with status \(process.terminationStatus)"
                : "was ended by signal \(process.terminationStatus)"
            // Source: env(1), the exit statuses of what could not be run.
            if process.terminationReason == .exit, [126, 127].contains(process.terminationStatus) {
                let reason = process.terminationStatus == 127 ? "not found" : "not executable"
                throw JobError(
                    .failed, "\(self) \(how): is '\(arguments[0])' \(reason)?",
                    hint: "name a program in PATH, or one with a '/' from the current folder on")
            }
            throw JobError(
                .failed, "\(self) \(how)", hint: "nothing was archived; its output is incomplete")
        }
    }

    /// Asks the program to end, and makes it after three seconds.
    private func end(_ process: Process) {
        process.terminate()
        for _ in 0..<30 where process.isRunning { pause() }
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        process.waitUntilExit()
    }

    /// A tenth of a second, for what tells nobody when it has happened.
    private func pause() { _ = poll(nil, 0, 100) }
}

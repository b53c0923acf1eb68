import Foundation

/// A Python environment that `.ci/interop-environment` has made: an official AWS Encryption SDK, or the
/// command lines that people have.
enum PythonEnvironment: String, CaseIterable, Sendable {
    case sdk3, sdk4, clients

    static let sdks = [PythonEnvironment.sdk3, .sdk4]

    static let root = ".build/interop"
    static let scripts = "Tests/InteropTests/Python"

    func program(_ name: String) -> String { "\(Self.root)/\(rawValue)/bin/\(name)" }

    static var areComplete: Bool {
        allCases.allSatisfy {
            FileManager.default.fileExists(atPath: "\(root)/\($0.rawValue)/complete")
        }
    }

    static var whyNot: String {
        let reason = try? String(contentsOfFile: "\(root)/missing", encoding: .utf8)
        return reason ?? "no AWS clients here: .ci/interop-environment installs them from PyPI"
    }
}

import Foundation

/// An official AWS Encryption SDK in a Python environment that `.ci/interop-environment` has made.
enum PythonEnvironment: String, CaseIterable, Sendable {
    case sdk3, sdk4

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
        return reason ?? "no AWS Encryption SDK here: .ci/interop-environment installs it from PyPI"
    }
}

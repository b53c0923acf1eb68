import Foundation
import Testing

@testable import Storage

@Suite struct FileReplacementTests {
    private func replace(_ path: String, _ text: String) throws {
        try replaceFile(at: path, with: Array(text.utf8).span, mode: 0o646)
    }

    @Test func `a file gets its bytes, and others later`() throws {
        try withTemporaryDirectory { path in
            try replace("\(path)/a", "one, longer")
            try replace("\(path)/a", "two")
            let attributes = try FileManager.default.attributesOfItem(atPath: "\(path)/a")
            #expect(attributes[.posixPermissions] as? Int == 0o646)
            #expect(try String(contentsOfFile: "\(path)/a", encoding: .utf8) == "two")
            #expect(try names(in: path) == ["a"])
        }
    }

    @Test func `what a killed process left does not stand in the way`() throws {
        try withTemporaryDirectory { path in
            try write("left", to: "\(path)/a.tmp")
            try replace("\(path)/a", "one")
            #expect(try String(contentsOfFile: "\(path)/a", encoding: .utf8) == "one")
            #expect(try names(in: path) == ["a"])
        }
    }

    @Test func `what cannot be replaced stays, and nothing is left beside it`() throws {
        try withTemporaryDirectory { path in
            try makeDirectory("\(path)/a")
            #expect(throws: StorageError.self) { try replace("\(path)/a", "one") }
            #expect(try names(in: path) == ["a"])
            #expect(throws: StorageError.self) { try replace("\(path)/none/a", "one") }
        }
    }
}

import FoundationEssentials
import LibCrypto
import OKMSConformance
import Testing

@testable import OKMSEngine

@Suite struct PINFileTests {
    private func write(_ text: String, mode: Int = 0o600, to path: String) throws {
        try Data(text.utf8).write(to: URL(filePath: path))
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
    }

    private func load(_ file: PINFile) throws -> String {
        let content = try file.load()
        return String(decoding: bytes(content.pin), as: UTF8.self)
    }

    @Test(arguments: ["1234", "1234\n", "1234\r\n"])
    func `a PIN is the file's one line`(text: String) throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/pin"
            try write(text, mode: 0o400, to: path)
            #expect(try load(PINFile(path: path)) == "1234")
        }
    }

    @Test func `a PIN may be of any bytes a line may hold, up to 255`() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/pin"
            for text in ["pin with blanks é", String(repeating: "x", count: 255)] {
                try write(text + "\n", to: path)
                #expect(try load(PINFile(path: path)) == text)
            }
        }
    }

    @Test(arguments: ["", "\n", "12\n34\n", "12\u{0}34", String(repeating: "x", count: 256)])
    func `what is not one line is no PIN, and is not shown`(text: String) throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/pin"
            try write(text, to: path)
            do {
                _ = try PINFile(path: path).load()
                Issue.record("it was read")
            } catch {
                #expect("\(error)".contains(path))
                #expect(text.isEmpty || !"\(error)".contains(text))
            }
        }
    }

    @Test(arguments: [0o640, 0o604, 0o620, 0o644, 0o660, 0o601])
    func `a file open to group or others is refused`(mode: Int) throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/pin"
            try write("1234", mode: mode, to: path)
            #expect { _ = try PINFile(path: path).load() } throws: {
                "\($0)".contains("chmod 600")
            }
        }
    }

    @Test func `a credential may seem readable to the group, not to others`() throws {
        try withTemporaryDirectory { directory in
            try write("1234", mode: 0o440, to: directory + "/hsm-pin")
            let file = PINFile(credential: "hsm-pin", in: directory)
            #expect(file.path == directory + "/hsm-pin")
            #expect(try load(file) == "1234")
            try write("1234", mode: 0o444, to: directory + "/hsm-pin")
            #expect(throws: PINFile.Unreadable.self) { _ = try file.load() }
        }
    }

    @Test func `a missing file and a directory are refused`() throws {
        try withTemporaryDirectory { directory in
            #expect { _ = try PINFile(path: directory + "/none").load() } throws: {
                "\($0)".contains("No such file")
            }
            #expect { _ = try PINFile(path: directory).load() } throws: {
                "\($0)".contains("not a regular file")
            }
        }
    }
}

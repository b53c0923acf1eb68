import Foundation

/// A Python program at the other end of a pipe: one line goes out, one line comes back.
///
/// It ends when its standard input does, at the latest with the process of the tests.
actor Peer {
    struct Silent: Error, CustomStringConvertible {
        let description: String
    }

    private let program: String
    private let input: FileHandle
    private let output: FileHandle
    private var pending: [UInt8] = []

    init(
        _ program: String, in environment: PythonEnvironment, arguments: [String],
        _ service: KeyService
    ) throws {
        let (process, input, output) = (Process(), Pipe(), Pipe())
        process.executableURL = URL(filePath: environment.program("python"))
        process.arguments = ["\(PythonEnvironment.scripts)/\(program)"] + arguments
        process.environment = service.environment
        process.standardInput = input
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        self.program = program
        self.input = input.fileHandleForWriting
        self.output = output.fileHandleForReading
    }

    /// The next line, without its end.
    func line() throws -> [UInt8] {
        while true {
            if let end = pending.firstIndex(of: UInt8(ascii: "\n")) {
                defer { pending.removeSubrange(...end) }
                return Array(pending[..<end])
            }
            let data = output.availableData
            if data.isEmpty { throw Silent(description: "\(program) ended without an answer") }
            pending += data
        }
    }

    func ask(_ question: Question) throws -> Answer {
        try input.write(contentsOf: JSONEncoder().encode(question) + Data("\n".utf8))
        return try JSONDecoder().decode(Answer.self, from: Data(line()))
    }
}

/// What `peer.py` is asked.
struct Question: Encodable {
    enum Action: String, Encodable {
        case open, write, unwrap
        case makeKey = "make-key"
        case dataKey = "data-key"
    }

    let `do`: Action
    var key = ""
    /// Pairs rather than a dictionary: `String` would merge keys that differ in normalisation only.
    var context: [[String]] = []
    var plaintext: String?
    var message: String?
    var wrapped: String?
    var frame: Int?
}

/// What it answers; `refused` is the reason why there is no answer.
struct Answer: Decodable {
    var key: String?
    var plaintext: String?
    var wrapped: String?
    var context: [[String]]?
    var refused: String?
}

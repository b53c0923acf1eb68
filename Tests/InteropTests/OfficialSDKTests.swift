import Envelope
import Foundation
import OKMS
import Testing

/// What sealpipe writes opens in the official AWS Encryption SDKs, and what they write opens in
/// sealpipe; what one end must refuse, it refuses.
@Suite(
    .enabled(if: PythonEnvironment.areComplete, Comment(rawValue: PythonEnvironment.whyNot)),
    .timeLimit(.minutes(3)))
struct OfficialSDKTests {
    @Test(arguments: PythonEnvironment.sdks, Case.all)
    func `the official SDK opens what we write`(sdk: PythonEnvironment, one: Case) async throws {
        let bench = try await Bench.open()
        let message = try await bench.message(one)
        let (answer, plaintext) = try await opened(message, by: sdk, one, bench)
        #expect(answer.refused == nil)
        #expect(plaintext == one.plaintext)
        #expect(try EncryptionContext(pairs(answer.context ?? [])) == one.context())
    }

    @Test(arguments: PythonEnvironment.sdks, Case.all)
    func `we open what the official SDK writes`(sdk: PythonEnvironment, one: Case) async throws {
        let bench = try await Bench.open()
        let message = try await written(one, by: sdk, bench)
        #expect(try await bench.open(message, expecting: one.context()) == one.plaintext)
    }

    @Test(arguments: PythonEnvironment.sdks, Damage.allCases)
    func `the official SDK refuses our message when it is damaged`(
        sdk: PythonEnvironment, damage: Damage
    ) async throws {
        let bench = try await Bench.open()
        let message = try await bench.message(.one)
        let damaged = damage.done(to: message)
        #expect(damaged != message)
        let (answer, plaintext) = try await opened(damaged, by: sdk, .one, bench)
        #expect(answer.refused != nil)
        #expect(plaintext == nil)
    }

    @Test(arguments: PythonEnvironment.sdks, Damage.allCases)
    func `we refuse the message of the official SDK when it is damaged`(
        sdk: PythonEnvironment, damage: Damage
    ) async throws {
        let bench = try await Bench.open()
        let message = try await written(.one, by: sdk, bench)
        let damaged = damage.done(to: message)
        #expect(damaged != message)
        await #expect(throws: (any Error).self) {
            try await bench.open(damaged, expecting: Case.one.context())
        }
    }

    @Test(arguments: PythonEnvironment.sdks)
    func `both refuse another context and another key`(sdk: PythonEnvironment) async throws {
        let bench = try await Bench.open()
        let ours = try await bench.message(.one)
        let other = Case(name: "", byteCount: 0, frameByteCount: 1, pairs: [("dataset", "other")])
        #expect(try await opened(ours, by: sdk, other, bench).0.refused != nil)
        let answer = try await opened(ours, by: sdk, .one, bench, key: bench.otherKey).0
        #expect(answer.refused != nil)

        let theirs = try await written(.one, by: sdk, bench)
        await #expect(throws: EnvelopeError.contextMismatch(key: Array("dataset".utf8))) {
            try await bench.open(theirs, expecting: other.context())
        }
        let wrongKey = try await bench.dataKey(for: Case.one.texts)
        var reader = MessageReader(dataKey: wrongKey.plaintext)
        var plaintext: [UInt8] = []
        #expect(throws: EnvelopeError.commitmentMismatch) {
            try reader.read(theirs.span, appendingTo: &plaintext)
        }
        #expect(plaintext.isEmpty)
    }

    private func opened(
        _ message: [UInt8], by sdk: PythonEnvironment, _ one: Case, _ bench: Bench,
        key: String? = nil
    ) async throws -> (Answer, [UInt8]?) {
        try await withFolder { folder in
            let (sealed, plain) = (folder.appending(path: "m"), folder.appending(path: "p"))
            try Data(message).write(to: sealed)
            let answer = try await bench.ask(
                sdk,
                Question(
                    do: .open, key: key ?? bench.key, context: one.texts, plaintext: plain.path,
                    message: sealed.path))
            return (answer, (try? Data(contentsOf: plain)).map(Array.init))
        }
    }

    private func written(
        _ one: Case, by sdk: PythonEnvironment, _ bench: Bench
    ) async throws -> [UInt8] {
        try await withFolder { folder in
            let (sealed, plain) = (folder.appending(path: "m"), folder.appending(path: "p"))
            try Data(one.plaintext).write(to: plain)
            let answer = try await bench.ask(
                sdk,
                Question(
                    do: .write, key: bench.key, context: one.texts, plaintext: plain.path,
                    message: sealed.path, frame: one.frameByteCount))
            #expect(answer.refused == nil)
            return Array(try Data(contentsOf: sealed))
        }
    }

    private func pairs(_ texts: [[String]]) -> [(String, String)] { texts.map { ($0[0], $0[1]) } }
}

/// What happens to a message on its way.
enum Damage: CaseIterable, Sendable {
    case flippedBitOfTheMessageID, flippedBitOfTheContext, flippedBitOfTheCommitment
    case flippedBitOfTheFirstFrame, flippedBitOfTheFinalTag
    case truncatedHeader, truncatedFrame, missingFinalFrame, missingByte
    case trailingByte, secondMessage

    func done(to message: [UInt8]) -> [UInt8] {
        let header = (try? UnverifiedHeader(parsing: message.span))?.byteCount ?? 0
        func flipped(_ place: Int) -> [UInt8] {
            var message = message
            message[place] ^= 1
            return message
        }
        return switch self {
        case .flippedBitOfTheMessageID: flipped(10)
        // The last letter of the value `orders`, before the count of wrapped keys.
        case .flippedBitOfTheContext: flipped(3 + 32 + 2 + 2 + 2 + 7 + 2 + 5)
        case .flippedBitOfTheCommitment: flipped(header - 20)
        case .flippedBitOfTheFirstFrame: flipped(header + 100)
        case .flippedBitOfTheFinalTag: flipped(message.count - 1)
        case .truncatedHeader: Array(message.prefix(header - 1))
        case .truncatedFrame: Array(message.prefix(header + 1000))
        case .missingFinalFrame: Array(message.prefix(header + 2 * (4096 + 32)))
        case .missingByte: Array(message.dropLast())
        case .trailingByte: message + [0]
        case .secondMessage: message + message
        }
    }
}

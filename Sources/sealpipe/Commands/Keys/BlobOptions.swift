import ArgumentParser
import Foundation
import Glibc
import Jobs
import OKMS

/// What a use of a key is bound to.
struct ContextOptions: ParsableArguments {
    @Option(
        name: .long, help: ArgumentHelp("A pair of the encryption context.", valueName: "key=value")
    )
    var context: [String] = []

    func parsed() throws -> EncryptionContext { try Self.parse(context) }

    static func parse(_ texts: [String]) throws -> EncryptionContext {
        var pairs: [(String, String)] = []
        for text in texts {
            guard let equals = text.firstIndex(of: "="), equals != text.startIndex else {
                throw JobError(.usage, "'\(text)' is no key=value pair of an encryption context")
            }
            pairs.append((String(text[..<equals]), String(text[text.index(after: equals)...])))
        }
        do { return try EncryptionContext(pairs) } catch {
            throw JobError(.usage, "the encryption context has a key twice, or is too long")
        }
    }
}

/// Ask for everything, do nothing.
struct DryRunOption: ParsableArguments {
    @Flag(name: .long, help: "Have the service check everything and do nothing.")
    var dryRun = false

    /// What the call gives; nil for a dry run that went well, and for a service that knows of none.
    func perform<R: ~Copyable>(
        _ call: () throws(KeyServiceError) -> R
    ) throws(KeyServiceError) -> R? {
        do throws(KeyServiceError) {
            let result = try call()
            if !dryRun { return result }
        } catch {
            guard dryRun, error.code == .dryRunOperation else { throw error }
        }
        Console.shared.notice("the service would do it")
        return nil
    }

    func perform<R>(
        _ call: () throws(KeyServiceError) -> R, then use: (R) throws -> Void
    ) throws {
        if let result = try perform(call) { try use(result) }
    }
}

/// Where a ciphertext blob goes: it is no secret.
struct BlobOutput: ParsableArguments {
    @Option(
        name: .long, help: "A file to write the blob to, instead of standard output.",
        completion: .file())
    var output: String?

    /// Throws before anything is asked for what can only end badly.
    func check(_ report: ReportOptions) throws {
        if output == nil, !report.json { try refuseTerminal() }
    }

    func write(
        _ blob: WrappedDataKey, source: KeyARN? = nil, plaintextPath: String? = nil,
        _ report: ReportOptions
    ) throws {
        if let output {
            do { try Data(blob.ciphertext).write(to: URL(fileURLWithPath: output)) } catch {
                throw JobError(.failed, "\(output): \(error.localizedDescription)")
            }
        }
        if report.json {
            let text = Data(blob.ciphertext).base64EncodedString()
            try Console.shared.data(
                json: Output(
                    key: "\(blob.key)", source_key: source.map { "\($0)" }, ciphertext: text,
                    output: output, plaintext_output: plaintextPath))
        } else if output == nil {
            try Console.shared.data(bytes: blob.ciphertext)
        }
    }

    private struct Output: Encodable {
        let key: String
        let source_key: String?
        /// Base64.
        let ciphertext: String
        let output: String?
        let plaintext_output: String?
    }
}

/// A ciphertext blob on standard input.
enum BlobInput {
    static func read() throws -> [UInt8] {
        let limit = 6144
        let data = FileHandle.standardInput.readDataToEndOfFile(upTo: limit + 1)
        guard !data.isEmpty else { throw JobError(.usage, "standard input is empty") }
        guard data.count <= limit else {
            throw JobError(
                .usage, "standard input has more bytes than a ciphertext blob, \(limit)",
                hint: "'sealpipe decrypt' opens messages and archives' parts")
        }
        return Array(data)
    }
}

extension FileHandle {
    /// No more than so many bytes.
    fileprivate func readDataToEndOfFile(upTo limit: Int) -> Data {
        var data = Data()
        while data.count < limit {
            let more = readData(ofLength: limit - data.count)
            if more.isEmpty { break }
            data.append(more)
        }
        return data
    }
}

/// Bytes that steer a terminal have no place on one.
func refuseTerminal() throws {
    guard isatty(1) != 1 else {
        throw JobError(
            .usage, "what this writes is not for a terminal", hint: "redirect standard output")
    }
}

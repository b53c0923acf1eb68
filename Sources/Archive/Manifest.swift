private import Foundation
package import LibCrypto

/// The plaintext summary of an archive, written last: the archive exists when it does.
///
/// `authentication` covers all the rest. Whoever has the data key checks it first; whoever has not can
/// still compare every length and digest.
/// Source: docs/formats/manifest.md.
package struct Manifest: Codable, Sendable, Equatable {
    package static let format = "sealpipe archive"
    package static let version = 1
    static let authenticationInfo = "sealpipe manifest v1"

    /// A data key as a customer master key wrapped it.
    package struct Key: Codable, Sendable, Equatable {
        package let arn: String
        /// Base64 of the service's ciphertext blob.
        package let wrapped: String

        package init(arn: String, wrapped: [UInt8]) {
            self.arn = arn
            self.wrapped = Data(wrapped).base64EncodedString()
        }

        /// Nil if it is not base64.
        package var wrappedBytes: [UInt8]? { Data(base64Encoded: wrapped).map(Array.init) }
    }

    /// A stored file: a part or the catalog.
    package struct File: Codable, Sendable, Equatable {
        package let name: String
        /// Hexadecimal.
        package let message: String
        package let length: Int
        /// SHA-256 of the stored bytes, hexadecimal.
        package let sha256: String

        package init(name: String, message: [UInt8], length: Int, sha256: [UInt8]) {
            self.init(
                name: name, message: hexadecimal(message), length: length,
                sha256: hexadecimal(sha256))
        }

        /// With `message` and `sha256` in hexadecimal.
        package init(name: String, message: String, length: Int, sha256: String) {
            self.name = name
            self.message = message
            self.length = length
            self.sha256 = sha256
        }
    }

    package struct Sizes: Codable, Sendable, Equatable {
        package let chunk: Int
        package let frame: Int
        package let part: Int

        package init(chunk: Int, frame: Int, part: Int) {
            self.chunk = chunk
            self.frame = frame
            self.part = part
        }
    }

    package struct Totals: Codable, Sendable, Equatable {
        package let entries: Int
        /// Bytes of files as their readers see them, holes included.
        package let content: Int
        package let tar: Int
        /// Bytes of the parts and the catalog.
        package let stored: Int

        package init(entries: Int, content: Int, tar: Int, stored: Int) {
            self.entries = entries
            self.content = content
            self.tar = tar
            self.stored = stored
        }
    }

    package struct Problem: Codable, Sendable, Equatable {
        /// As people read it; its bytes are in the catalog.
        package let path: String
        package let kind: String
        package let detail: String

        package init(_ problem: ReadProblem) {
            path = display(path: problem.path)
            kind = problem.kind.rawValue
            detail = problem.detail
        }
    }

    package let format: String
    package let version: Int
    package let archive: String
    package let job: String
    /// UTC, ISO 8601.
    package let created: String
    package let finished: String
    package let tool: String
    package let suite: String
    /// `zstd` or `none`.
    package let codec: String
    package private(set) var keys: [Key]
    /// Pairs, for a JSON object would merge and reorder them.
    package let context: [[String]]
    package let sizes: Sizes
    package private(set) var totals: Totals
    /// The first of them; `problemCount` says how many there were.
    package let problems: [Problem]
    package let problemCount: Int
    package private(set) var parts: [File]
    package private(set) var catalog: File
    /// HMAC-SHA-256 over the canonical bytes of all the rest, hexadecimal.
    package private(set) var authentication: String?

    enum CodingKeys: String, CodingKey, CaseIterable {
        case format, version, archive, job, created, finished, tool, suite, codec, keys, context
        case sizes, totals, problems, parts, catalog, authentication
        case problemCount = "problem_count"
    }

    package init(
        archive: String, job: String, created: String, finished: String, tool: String,
        codec: Codec, keys: [Key], context: [[String]], sizes: Sizes, totals: Totals,
        problems: [Problem], problemCount: Int, parts: [File], catalog: File
    ) {
        format = Self.format
        version = Self.version
        self.archive = archive
        self.job = job
        self.created = created
        self.finished = finished
        self.tool = tool
        suite = "0478"
        self.codec = codec.rawValue
        self.keys = keys
        self.context = context
        self.sizes = sizes
        self.totals = totals
        self.problems = problems
        self.problemCount = problemCount
        self.parts = parts
        self.catalog = catalog
    }

    /// The manifest of the same archive with its data key wrapped otherwise: the same messages, in
    /// files of other lengths and digests. To be authenticated anew.
    package func rewrapped(keys: [Key], parts: [File], catalog: File) -> Manifest {
        precondition(
            parts.map(\.name) == self.parts.map(\.name)
                && parts.map(\.message) == self.parts.map(\.message)
                && catalog.message == self.catalog.message, "the messages stay the same")
        var copy = self
        copy.keys = keys
        copy.parts = parts
        copy.catalog = catalog
        copy.totals = Totals(
            entries: totals.entries, content: totals.content, tar: totals.tar,
            stored: parts.reduce(catalog.length) { $0 + $1.length })
        copy.authentication = nil
        return copy
    }

    /// The file's bytes, for people to read, with the authentication made with the data key.
    package func serialized(authenticatedBy dataKey: borrowing SecretBytes) throws -> [UInt8] {
        var signed = self
        signed.authentication = hexadecimal(try authenticate(with: dataKey))
        return Array(try Self.encoder(.prettyPrinted).encode(signed)) + [UInt8(ascii: "\n")]
    }

    /// Reads a manifest without trusting it yet.
    ///
    /// Throws `damaged` for anything that `serialized` does not write, white space aside: unknown
    /// members, members in another order or twice, other spellings of strings and numbers. Each would
    /// pass unauthenticated, or be read otherwise by another program.
    package init(parsing bytes: [UInt8]) throws(ArchiveError) {
        let data = Data(bytes)
        let decoder = JSONDecoder()
        guard let claim = try? decoder.decode(Claim.self, from: data), claim.format == Self.format
        else {
            throw .damaged(what: "manifest.json", reason: "is not the manifest of an archive")
        }
        guard claim.version == Self.version else {
            throw .damaged(
                what: "manifest.json",
                reason: "has version \(claim.version); this program reads version \(Self.version)")
        }
        let canonical: Data
        do {
            self = try decoder.decode(Manifest.self, from: data)
            canonical = try Self.encoder().encode(self)
        } catch {
            throw .damaged(what: "manifest.json", reason: "lacks what a manifest holds")
        }
        guard Self.withoutSpace(bytes).elementsEqual(canonical) else {
            throw .damaged(
                what: "manifest.json", reason: "holds something that does not belong in it")
        }
        guard numbersAreSane else {
            throw .damaged(what: "manifest.json", reason: "holds numbers that cannot be")
        }
    }

    /// What every version begins to be read by.
    private struct Claim: Decodable {
        let format: String
        let version: Int
    }

    /// JSON text less the white space between its tokens.
    private static func withoutSpace(_ text: [UInt8]) -> [UInt8] {
        var rest: [UInt8] = []
        rest.reserveCapacity(text.count)
        var isString = false
        var isEscaped = false
        for byte in text {
            if isString {
                if byte == UInt8(ascii: "\""), !isEscaped { isString = false }
                isEscaped = byte == UInt8(ascii: "\\") && !isEscaped
            } else {
                if [0x20, 0x09, 0x0a, 0x0d].contains(byte) { continue }
                isString = byte == UInt8(ascii: "\"")
            }
            rest.append(byte)
        }
        return rest
    }

    /// Whether sums and products of its numbers stay numbers, authentic or not.
    private var numbersAreSane: Bool {
        let large = 0..<(1 << 50)
        let size = 1...(64 << 20)
        let counts = [totals.entries, totals.content, totals.tar, totals.stored, problemCount]
        let files = parts + [catalog]
        return size ~= sizes.chunk && size ~= sizes.frame && large ~= sizes.part
            && counts.allSatisfy { 0..<Entry.sizeLimit ~= $0 } && parts.count < 1 << 24
            && files.allSatisfy { large ~= $0.length }
            && files.reduce(0) { $0 &+ $1.length } < Entry.sizeLimit
    }

    /// Throws `damaged` unless the manifest is what its writer, who held the data key, wrote.
    package func verify(with dataKey: borrowing SecretBytes) throws {
        let expected = hexadecimal(try authenticate(with: dataKey))
        let equal = constantTimeEqual(
            Array(expected.utf8).span, Array((authentication ?? "").utf8).span)
        guard equal else {
            throw ArchiveError.damaged(
                what: "manifest.json", reason: "was changed after it was written")
        }
    }

    private func authenticate(with dataKey: borrowing SecretBytes) throws -> [UInt8] {
        var rest = self
        rest.authentication = nil
        let canonical = Array(try Self.encoder().encode(rest))
        let salt: [UInt8] = []
        let pseudorandomKey = try HKDFSHA512.extract(salt: salt.span, from: dataKey)
        let info = Array(Self.authenticationInfo.utf8)
        let key = try HKDFSHA512.expand(pseudorandomKey, info: info.span, count: 32)
        return try HMACSHA256.authenticate(canonical.span, key: key)
    }

    private static func encoder(_ extra: JSONEncoder.OutputFormatting = []) -> JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, extra]
        return encoder
    }
}

/// Lower-case hexadecimal.
package func hexadecimal(_ bytes: [UInt8]) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(
        decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
}

extension Manifest {
    /// What parts hold, and how that shows in their names.
    package enum Codec: String, Sendable {
        case zstd, none

        package func partName(_ number: Int) -> String {
            let digits = String(number)
            let padded = String(repeating: "0", count: max(0, 5 - digits.count)) + digits
            return "part-\(padded).tar\(self == .zstd ? ".zst" : "").esdk"
        }
    }
}

import OKMS
import Testing

/// One thing that every key management service does, whoever runs it. Uses nothing but the contract.
package struct ConformanceCheck: Sendable, CustomTestStringConvertible {
    /// A sentence.
    package let testDescription: String
    private let body: @Sendable (any KeyManagementService) throws -> Void

    init(
        _ testDescription: String,
        _ body: @escaping @Sendable (any KeyManagementService) throws -> Void
    ) {
        self.testDescription = testDescription
        self.body = body
    }

    package static let all =
        keys + dataKeys + contexts + states + deletion + tags + aliases + rotation + reEncryption
        + dryRuns + lists

    /// Runs it on a service of its own; records an issue where it is not so.
    package func run(on conformer: Conformer) throws {
        try conformer.withService { try body($0) }
    }
}

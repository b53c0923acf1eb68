package import OKMS
import Testing

/// A way to get a fresh key management service with one account, its default key and a quota of at
/// least 20 keys.
///
/// The tests of a conformer of `KeyManagementService` run the suite over it:
///
///     @Test(arguments: ConformanceCheck.all, [conformer])
///     func `it does what every service does`(
///         check: ConformanceCheck, conformer: Conformer
///     ) throws { try check.run(on: conformer) }
package struct Conformer: Sendable, CustomTestStringConvertible {
    package let testDescription: String
    /// Makes a service, lends it, and removes every trace of it.
    package let withService:
        @Sendable (_ body: (any KeyManagementService) throws -> Void) throws -> Void

    package init(
        _ testDescription: String,
        withService:
            @escaping @Sendable (
                _ body: (any KeyManagementService) throws -> Void
            ) throws -> Void
    ) {
        self.testDescription = testDescription
        self.withService = withService
    }
}

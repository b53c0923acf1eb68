/// What a signing key is good for: one day, one region, one service.
/// Source: AWS Signature Version 4, "credential scope".
package struct CredentialScope: Hashable, Sendable, CustomStringConvertible {
    package static let terminator = "aws4_request"

    /// Eight digits, `YYYYMMDD`, UTC.
    package let day: String
    package let region: String
    package let service: String

    package init(day: String, region: String, service: String) {
        self.day = day
        self.region = region
        self.service = service
    }

    package var description: String { "\(day)/\(region)/\(service)/\(Self.terminator)" }
}

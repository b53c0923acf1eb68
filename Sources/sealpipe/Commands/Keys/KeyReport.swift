import Foundation
import OKMS

/// How keys are shown.
enum KeyReport {
    static func show(_ keys: [KeyMetadata], _ report: ReportOptions, isList: Bool) throws {
        if report.json {
            let outputs = keys.map(Output.init)
            if isList {
                try Console.shared.data(json: ["keys": outputs])
            } else {
                for output in outputs { try Console.shared.data(json: output) }
            }
            return
        }
        for key in keys {
            let mark = key.isAccountDefault ? " (default)" : ""
            let until = key.deletionDate.map { " until \(date($0))" } ?? ""
            let text = key.description.isEmpty ? "" : "  \(key.description)"
            try Console.shared.data(line: "\(key.arn)  \(key.state.rawValue)\(until)\(mark)\(text)")
        }
    }

    /// Seconds since 1970 as a time that people and machines read.
    static func date(_ seconds: Double) -> String {
        Date(timeIntervalSince1970: seconds).formatted(.iso8601)
    }

    /// A key as `--json` prints it.
    private struct Output: Encodable {
        let id: String
        let arn: String
        let state: String
        let description: String
        let created: String
        let `default`: Bool
        /// Only while the deletion is pending.
        let deletion_date: String?

        init(_ key: KeyMetadata) {
            id = "\(key.arn.key)"
            arn = "\(key.arn)"
            state = key.state.rawValue
            description = key.description
            created = date(key.created)
            `default` = key.isAccountDefault
            deletion_date = key.deletionDate.map(date)
        }
    }
}

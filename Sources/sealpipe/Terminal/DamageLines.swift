import Archive
import Foundation
import Jobs

/// Damage as people read it, a line for each place and each file.
enum DamageLines {
    /// `restoring`: whether a restore met it, so that what is damaged is not there.
    static func tell(_ report: DamageReport, restoring: Bool) {
        let console = Console.shared
        for notice in report.notices { console.warning(notice) }
        for place in report.places {
            var text = "\(place.place): \(place.reason)"
            if let isInReplica = place.isInReplica {
                text += isInReplica ? "; the replica has it" : "; the replica has it not whole"
            }
            if report.isHealed {
                console.warning(text)
            } else {
                console.error(JobError(.integrity, text))
            }
        }
        tellMore(report.placeCount - report.places.count, "damaged places")
        for file in report.files { console.warning(line(file, restoring)) }
        tellMore(report.fileCount - report.files.count, "damaged files")
    }

    private static func tellMore(_ count: Int, _ what: String) {
        if count > 0 { Console.shared.warning("and \(count) more \(what)") }
    }

    private static func line(_ file: DamageReport.File, _ restoring: Bool) -> String {
        let path = display(path: file.path)
        let absence = restoring && !file.isKept ? "; it was not restored" : ""
        guard !file.missing.isEmpty else {
            return "\(path): is a hard link to a file of which bytes are lost\(absence)"
        }
        let end = file.isKept ? "; kept with zeroes in their place" : absence
        let ranges = file.missing.prefix(4).map { "\($0.lowerBound)–\($0.upperBound - 1)" }
        let isMore = file.hasMoreRanges || file.missing.count > ranges.count
        return "\(path): \(file.missingByteCount) bytes are lost: "
            + ranges.joined(separator: ", ") + (isMore ? " and more" : "") + end
    }
}

/// Damage as `--json` prints it.
/// Source: docs/formats/damage.md.
struct DamageOutput: Encodable {
    struct Place: Encodable {
        let place: String
        let reason: String
        let replica: Bool?
    }

    struct File: Encodable {
        let path: String
        let path_base64: String?
        /// First byte and number of bytes.
        let missing: [[Int]]
        let missing_bytes: Int
        let more: Bool
        let kept: Bool
    }

    let healed: Bool
    let places: [Place]
    let place_count: Int
    let files: [File]
    let file_count: Int
    let notices: [String]

    init(_ report: DamageReport) {
        healed = report.isHealed
        places = report.places.map {
            Place(place: $0.place, reason: $0.reason, replica: $0.isInReplica)
        }
        place_count = report.placeCount
        files = report.files.map { file in
            let isText = String(validating: file.path, as: UTF8.self) != nil
            return File(
                path: display(path: file.path),
                path_base64: isText ? nil : Data(file.path).base64EncodedString(),
                missing: file.missing.map { [$0.lowerBound, $0.count] },
                missing_bytes: file.missingByteCount, more: file.hasMoreRanges, kept: file.isKept)
        }
        file_count = report.fileCount
        notices = report.notices
    }
}

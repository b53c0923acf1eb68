import Foundation

/// Numbers as people read them.
package enum Amount {
    /// `1 worker`, `2 workers`; `plural` where that takes more than an s.
    package static func count(_ number: Int, _ noun: String, _ plural: String? = nil) -> String {
        "\(number) \(number == 1 ? noun : plural ?? noun + "s")"
    }

    package static func bytes(_ count: Int) -> String {
        var value = Double(count)
        for unit in ["B", "KiB", "MiB", "GiB", "TiB"] {
            if value < 1024 || unit == "TiB" {
                return unit == "B" ? "\(count) B" : String(format: "%.1f %@", value, unit)
            }
            value /= 1024
        }
        return "\(count) B"
    }

    package static func duration(_ seconds: Double) -> String {
        let whole = Int(seconds.rounded(.up))
        if whole >= 3600 {
            return String(format: "%d:%02d:%02d", whole / 3600, whole / 60 % 60, whole % 60)
        }
        return String(format: "%d:%02d", whole / 60, whole % 60)
    }
}

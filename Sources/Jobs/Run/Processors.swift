private import CLinux
private import Foundation

/// The processors that the process may really use: those that it may be put on, but no more than the
/// quota of its control groups lets it have.
package enum Processors {
    /// At least 1; as it was when it was asked first.
    package static let count = max(1, min(allowed, quota.map { Int($0.rounded(.up)) } ?? .max))

    /// How many, in time, control groups give the process at most; nil where that is no less than all it may
    /// be put on.
    static let quota = quota(root: "").flatMap { $0 < Double(allowed) ? $0 : nil }

    private static var allowed: Int {
        let count = Int(linux_usable_processors())
        return count > 0 ? count : ProcessInfo.processInfo.activeProcessorCount
    }

    /// The time of processors that the process may have in a period, in periods: the least of its
    /// control group and those above it. Nil where there is no limit.
    ///
    /// `root`: where the file system begins. Sources: cgroups(7), proc_pid_mountinfo(5); the kernel's
    /// "Control Group v2", § cpu.max, and "CFS Bandwidth Control", § Management.
    static func quota(root: String) -> Double? {
        let groups = lines(of: "\(root)/proc/self/cgroup").compactMap(Group.init)
        let mounts = lines(of: "\(root)/proc/self/mountinfo").compactMap(Mount.init)
        let limits = groups.flatMap { group in
            mounts.filter { $0.isUnified == group.isUnified }.flatMap { mount in
                mount.folders(of: group.path).compactMap { folder in
                    group.isUnified
                        ? unifiedLimit(in: root + folder) : limit(in: root + folder)
                }
            }
        }
        return limits.min()
    }

    /// `50000 100000`, or `max 100000` where there is none: version 2.
    private static func unifiedLimit(in folder: String) -> Double? {
        let words = lines(of: "\(folder)/cpu.max").first?.split(separator: " ") ?? []
        guard words.count == 2 else { return nil }
        return ratio(words[0], words[1])
    }

    /// Two files; a quota of -1 is none: version 1.
    private static func limit(in folder: String) -> Double? {
        guard let quota = lines(of: "\(folder)/cpu.cfs_quota_us").first,
            let period = lines(of: "\(folder)/cpu.cfs_period_us").first
        else { return nil }
        return ratio(quota, period)
    }

    private static func ratio(_ quota: Substring, _ period: Substring) -> Double? {
        guard let quota = Double(quota), let period = Double(period), quota > 0, period > 0 else {
            return nil
        }
        return quota / period
    }

    private static func lines(of path: String) -> [Substring] {
        let data = FileManager.default.contents(atPath: path) ?? Data()
        return String(decoding: data, as: UTF8.self).split(separator: "\n")
    }

    /// A control group of the process that may limit processors.
    private struct Group {
        /// Whether it is of version 2, where one hierarchy has all controllers.
        let isUnified: Bool
        let path: Substring

        /// `0::/a/b` or `4:cpu,cpuacct:/a/b`
        init?(_ line: Substring) {
            let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard fields.count == 3 else { return nil }
            isUnified = fields[0] == "0"
            path = fields[2]
            guard isUnified || fields[1].split(separator: ",").contains("cpu") else { return nil }
        }
    }

    /// Where a hierarchy of control groups can be seen.
    private struct Mount {
        let isUnified: Bool
        /// The group that is at the mount point.
        let root: Substring
        let point: Substring

        /// `36 32 0:33 / /sys/fs/cgroup/cpu rw shared:9 - cgroup cgroup rw,cpu,cpuacct`
        init?(_ line: Substring) {
            let halves = line.split(separator: " - ", maxSplits: 1)
            guard halves.count == 2 else { return nil }
            let (place, kind) = (halves[0].split(separator: " "), halves[1].split(separator: " "))
            guard place.count > 4, kind.count > 2 else { return nil }
            (root, point) = (place[3], place[4])
            isUnified = kind[0] == "cgroup2"
            guard isUnified || kind[0] == "cgroup" && kind[2].split(separator: ",").contains("cpu")
            else { return nil }
        }

        /// Of a group and all above it that can be seen. A group elsewhere has none but the mount's.
        func folders(of group: Substring) -> [String] {
            let prefix = root == "/" ? "" : root
            let isBelow = group == prefix || group.hasPrefix("\(prefix)/")
            let names = (isBelow ? group.dropFirst(prefix.count) : "").split(separator: "/")
            return (0...names.count).map { depth in
                ([String(point)] + names.prefix(depth).map(String.init)).joined(separator: "/")
            }
        }
    }
}

import Foundation
import Testing

@testable import Jobs

/// Quotas of processors, read from a file system made for it.
@Suite struct ProcessorsTests {
    private let place: Workplace

    init() throws { place = try Workplace() }

    private func quota(_ files: [String: String]) throws -> Double? {
        for (path, text) in files {
            let url = URL(fileURLWithPath: place.path + path)
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: url)
        }
        return Processors.quota(root: place.path)
    }

    private static let unified = [
        "/proc/self/cgroup": "0::/a/b c\n",
        "/proc/self/mountinfo":
            "29 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n",
    ]

    private static let old = [
        "/proc/self/cgroup": "3:cpu,cpuacct:/docker/x/y\n2:memory:/docker/x\n0::/\n",
        "/proc/self/mountinfo": """
        35 32 0:30 /docker/x /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory
        36 32 0:31 /docker/x /sys/fs/cgroup/cpu ro - cgroup cgroup rw,cpu,cpuacct

        """,
    ]

    @Test func `a quota counts, and so does that of a group above`() throws {
        #expect(try quota(Self.unified) == nil)
        #expect(try quota(["/sys/fs/cgroup/a/b c/cpu.max": "max 100000\n"]) == nil)
        #expect(try quota(["/sys/fs/cgroup/a/cpu.max": "250000 100000\n"]) == 2.5)
        #expect(try quota(["/sys/fs/cgroup/a/b c/cpu.max": "20000 100000\n"]) == 0.2)
        #expect(try quota(["/sys/fs/cgroup/a/b c/cpu.max": "nonsense\n"]) == 2.5)
    }

    @Test func `so is one of the first version, in a container`() throws {
        #expect(try quota(Self.old) == nil)
        let folder = "/sys/fs/cgroup/cpu"
        #expect(try quota(["\(folder)/cpu.cfs_quota_us": "-1\n"]) == nil)
        #expect(try quota(["\(folder)/cpu.cfs_period_us": "50000\n"]) == nil)
        #expect(try quota(["\(folder)/cpu.cfs_quota_us": "200000\n"]) == 4)
        #expect(
            try quota([
                "\(folder)/y/cpu.cfs_quota_us": "75000\n",
                "\(folder)/y/cpu.cfs_period_us": "50000\n",
            ]) == 1.5)
    }
}

import Foundation
import Glibc
import Testing

/// The systemd units that come along.
@Suite struct UnitTests {
    static let analyzer = "/usr/bin/systemd-analyze"
    static let hasAnalyzer = FileManager.default.isExecutableFile(atPath: analyzer)
    static let mayDropCapabilities =
        getuid() == 0 && FileManager.default.isExecutableFile(atPath: "/usr/bin/setpriv")

    /// The units as they are installed, for the program that is tested and a job called nightly.
    private func place() throws -> Workplace {
        let place = try Workplace()
        let made = try place.shell(
            """
            for suffix in service timer; do
              sed 's|/usr/local/bin/sealpipe|\(Workplace.program)|' \
                "\(Workplace.package)/packaging/sealpipe@.$suffix" >"sealpipe@nightly.$suffix" || exit 1
            done
            """)
        #expect(made.status == 0, "\(made)")
        return place
    }

    @Test(.enabled(if: hasAnalyzer, "needs systemd-analyze"))
    func `systemd understands every line of them`() throws {
        let ending = try place().shell(
            """
            SYSTEMD_UNIT_PATH="$PWD:" \(Self.analyzer) verify --man=no \
              ./sealpipe@nightly.service ./sealpipe@nightly.timer
            """)
        #expect(ending.status == 0, "\(ending)")
        let complaints = ending.err.split(separator: "\n").filter {
            $0.contains("sealpipe@nightly")
        }
        #expect(complaints.isEmpty, "\(ending)")
    }

    @Test(.enabled(if: hasAnalyzer, "needs systemd-analyze"))
    func `the service is hardly exposed`() throws {
        let ending = try place().shell(
            "\(Self.analyzer) security --offline=true --no-pager --threshold=20 ./sealpipe@nightly.service"
        )
        #expect(ending.status == 0, "\(ending)")
    }

    @Test(.enabled(if: mayDropCapabilities, "needs root and setpriv"))
    func `the one capability it has is enough to seal what others own`() throws {
        let place = try Workplace()
        try place.write("data/private/file", "text\n")
        try place.shell("chmod -R go= data/private; chown -R 65534:65534 data/private")
        let ending = try place.shell(
            """
            setpriv --bounding-set=-all,+dac_read_search --inh-caps=-all --no-new-privs \
              '\(Workplace.program)' seal data set
            """)
        #expect(ending.status == 0, "\(ending)")
        #expect(try place.sealpipe("list", "set").lines.last == "data/private/file")
    }
}

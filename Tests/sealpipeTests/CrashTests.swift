import Foundation
import Testing

/// The program killed at each call that changes something, then run again: nothing is lost or made up.
///
/// Here a part of the points, chosen by chance in each run; `make torture` takes every one.
@Suite struct CrashTests {
    private static let isTorture = ProcessInfo.processInfo.environment["SEALPIPE_TORTURE"] != nil
    private let place: Workplace

    init() throws {
        place = try Workplace()
        try place.write("data/noise", noise(300_000))
        try place.write(
            "data/deep/er/text", String(repeating: "all work and no play\n", count: 500))
        try place.shell(
            """
            ln data/noise data/same; ln -s noise data/link; mkfifo data/pipe; mkdir data/empty
            for n in 1 2 3 4 5; do echo $n >data/deep/$n; done
            setfattr -n user.note -v x data/deep/1 data/empty; setfacl -m u:7:r data/deep/2
            truncate -s 200000 data/deep/hole; chmod 550 data/deep/er; chmod 2750 data/empty
            """)
        try place.write(
            "job.yaml",
            """
            version: 1
            name: crash
            input: { paths: [data] }
            stages:
              - chunk: { size: 64KiB }
              - compress
              - encrypt: { frame: 4KiB, part: 64KiB }
            output: { archive: set }
            """)
    }

    private func points(_ count: Int) -> [Int] {
        #expect(count > 20)
        let all = Array(1...count)
        print("crash points: \(Self.isTorture ? count : min(count, 16)) of \(count)")
        return Self.isTorture ? all : Array(all.shuffled().prefix(16))
    }

    /// Whether the newest archive is whole and holds the tree.
    private func checkArchive(_ point: Int) throws {
        let verified = try place.sealpipe("verify", "set")
        #expect(verified.status == 0, "at \(point): \(verified)")
        let restored = try place.sealpipe("restore", "set", "check")
        #expect(restored.status == 0, "at \(point): \(restored)")
        #expect(try isTree("check"), "at \(point)")
        try place.shell("rm -rf check")
    }

    /// Compares everything: names, bytes, owners, modes, times, links, holes, attributes.
    private func isTree(_ folder: String) throws -> Bool {
        let list =
            "find . -printf '%P %y %m %U %G %T@ %s %l %n\\n' | grep -v '^ d' | sort; "
            + "getfattr -R -P -h -d -m - -e hex . | sort"
        return try place.shell(
            """
            set -e
            diff <(cd data; \(list)) <(cd \(folder)/data; \(list))
            diff <(cd data; find . -type f -print0 | sort -z | xargs -0 sha256sum) \
              <(cd \(folder)/data; find . -type f -print0 | sort -z | xargs -0 sha256sum)
            test \(folder)/data/noise -ef \(folder)/data/same
            test $(stat -c %b \(folder)/data/deep/hole) = 0
            """
        ).status == 0
    }

    @Test func `a seal killed anywhere is finished by the next`() throws {
        let count = try place.countWrites("run job.yaml")
        for point in points(count) {
            try place.shell("rm -rf set okms")
            let killed = try place.sealpipe(
                "run job.yaml", meeting: "kill", on: "writes", from: point, to: point)
            #expect([0, 137].contains(killed.status), "at \(point): \(killed)")
            let next = try place.sealpipe("run", "job.yaml")
            #expect(next.status == 0, "at \(point): \(next)")
            #expect(place.names("set").allSatisfy { $0 == ".lock" || !$0.hasPrefix(".") })
            try checkArchive(point)
        }
    }

    @Test func `a run that goes on may be killed anywhere, too`() throws {
        let count = try place.countWrites("run job.yaml")
        for point in points(count / 2) {
            try place.shell("rm -rf set")
            for _ in 1...2 {
                _ = try place.sealpipe(
                    "run job.yaml", meeting: "kill", on: "writes", from: point, to: point)
            }
            let next = try place.sealpipe("run", "job.yaml")
            #expect(next.status == 0, "at \(point): \(next)")
            try checkArchive(point)
        }
    }

    @Test(arguments: [1, 2])
    func `a restore killed anywhere goes on with the same command`(times: Int) throws {
        #expect(try place.sealpipe("run", "job.yaml").status == 0)
        let count = try place.countWrites("restore set back")
        for point in points(count / times) {
            try place.shell("rm -rf back")
            for _ in 1...times {
                _ = try place.sealpipe(
                    "restore set back", meeting: "kill", on: "writes", from: point, to: point)
            }
            // Whatever has its name is whole.
            let whole = try place.shell(
                """
                cd back/data 2>/dev/null || exit 0
                find . -type f ! -name '.sealpipe-*' -print0 | while IFS= read -rd '' file; do
                  cmp "$file" "../../data/$file" || exit 1
                done
                """)
            #expect(whole.status == 0, "at \(point): \(whole)")
            let next = try place.sealpipe("restore", "set", "back")
            // At the last one all is done but making sure that the journal stays away.
            let isDone = point == count && next.err.contains("exists already")
            #expect(next.status == 0 || isDone, "at \(point): \(next)")
            #expect(try isTree("back"), "at \(point)")
            #expect(place.names("back") == ["data"], "at \(point)")
        }
    }

    @Test
    func `a rewrap killed anywhere leaves an archive that opens, and is finished by the next`()
        throws
    {
        #expect(try place.sealpipe("run", "job.yaml").status == 0)
        let key = try place.sealpipe("keys", "create", "--json")
        let created = try #require(
            try JSONSerialization.jsonObject(with: Data(key.out.utf8)) as? [String: Any])
        let id = try #require(created["key_id"] as? String ?? created["id"] as? String, "\(key)")
        try place.shell("cp -a set set0")
        let count = try place.countWrites("rewrap --key \(id) set")
        for point in points(count) {
            try place.shell("rm -rf set; cp -a set0 set")
            _ = try place.sealpipe(
                "rewrap --key \(id) set", meeting: "kill", on: "writes", from: point, to: point)
            let next = try place.sealpipe("rewrap", "--key", id, "set")
            #expect(next.status == 0, "at \(point): \(next)")
            try checkArchive(point)
        }
    }
}

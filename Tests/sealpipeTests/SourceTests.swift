import Foundation
import Glibc
import Testing

/// Sources that cannot be read well, and disks that are full.
@Suite struct SourceTests {
    /// Only some file systems have files of such a size; that in memory does.
    @Test(.enabled(if: FileManager.default.isWritableFile(atPath: "/dev/shm")))
    func `a file that claims more than an archive holds is left out, and no more`() throws {
        let place = try Workplace()
        let tree = "/dev/shm/sealpipe-tests-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: tree) }
        let made = try place.shell(
            """
            mkdir \(tree) && cd \(tree) && echo precious >z
            truncate -s 1152921504606846975 a && truncate -s 9223372036854775807 b
            truncate -s 400P c && truncate -s 400P d
            """)
        guard made.status == 0 else { return }
        let sealed = try place.sealpipe("seal", tree, "set")
        #expect(sealed.status == 3, "\(sealed)")
        for name in ["a", "b", "d"] {
            #expect(sealed.err.contains("/\(name): unreadable: claims "), "\(sealed)")
        }
        #expect(try place.sealpipe("verify", "set").status == 0)
        let restored = try place.sealpipe("restore", "set", "back", "**/z")
        #expect(restored.status == 0, "\(restored)")
        let name = tree.split(separator: "/").last.map(String.init) ?? ""
        #expect(try place.text("back/\(name)/z") == "precious\n")
    }

    /// What makes a script's commands those of an ordinary user.
    static let asUser = geteuid() == 0 ? "setpriv --reuid=65534 --regid=65534 --clear-groups" : ""

    /// Whether an ordinary user may run the program as it stands in its own folder.
    static let canRunAsUser = works("cp \(Workplace.program) . && \(asUser) ./sealpipe --version")

    /// Whether this process may mount a file system of its own that no one else sees.
    static let canMount = works("unshare -rm mount -t tmpfs -o size=4m tmpfs \"$PWD\"")

    private static func works(_ script: String) -> Bool {
        guard let place = try? Workplace() else { return false }
        return (try? place.shell("chmod 755 .; \(script)"))?.status == 0
    }

    private func problems(_ sealed: Ending) throws -> [String: String] {
        let problems = try #require(sealed.object()["problems"] as? [[String: Any]])
        return Dictionary(
            problems.map { ($0["path"] as? String ?? "", $0["kind"] as? String ?? "") },
            uniquingKeysWith: { $1 })
    }

    @Test(.enabled(if: canRunAsUser, "needs to run the program as another user"))
    func `unreadable files make a run partial and are listed`() throws {
        let place = try Workplace()
        try place.write("data/one.txt", "one\n")
        try place.write("data/secret.txt", "secret\n")
        try place.write("data/closed/inner.txt", "inner\n")
        let sealed = try place.shell(
            """
            cp \(Workplace.program) program && chmod 000 data/secret.txt data/closed
            test $(id -u) != 0 || chown -R 65534:65534 .
            \(Self.asUser) ./program seal --json data set
            """)
        #expect(sealed.status == 3, "\(sealed)")
        let summary = try sealed.object()
        #expect(summary["partial"] as? Bool == true)
        let problems = try problems(sealed)
        #expect(Set(problems.keys) == ["data/secret.txt", "data/closed"], "\(problems)")
        let archive = try #require(summary["archive"] as? String)
        let manifest = try place.text("\(archive)/manifest.json")
        #expect(manifest.contains("data/secret.txt") || manifest.contains(#"data\/secret.txt"#))
        #expect(sealed.err.contains("data/secret.txt"))
        #expect(try place.sealpipe("verify", "set").status == 0)
        let restored = try place.shell("\(Self.asUser) ./program restore set back")
        #expect(restored.status == 0, "\(restored)")
        #expect(try place.text("back/data/one.txt") == "one\n")
        #expect(!place.exists("back/data/secret.txt"))
    }

    @Test(.enabled(if: canRunAsUser, "needs to run the program as another user"))
    func `a source of which nothing is readable is no partial run`() throws {
        let place = try Workplace()
        try place.write("secret.txt", "secret\n")
        let sealed = try place.shell(
            """
            cp \(Workplace.program) program && chmod 000 secret.txt
            test $(id -u) != 0 || chown -R 65534:65534 .
            \(Self.asUser) ./program seal secret.txt set
            """)
        #expect(sealed.status == 10, "\(sealed)")
        #expect(place.archives("set").isEmpty)
    }

    @Test func `a socket is left out with a notice`() throws {
        let place = try Workplace()
        try place.write("data/one.txt", "one\n")
        try place.shell(
            "python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind(\"data/socket\")'")
        #expect(place.names("data").contains("socket"))
        let sealed = try place.sealpipe("seal", "data", "set")
        #expect(sealed.status == 0, "\(sealed)")
        #expect(sealed.err.contains("data/socket"))
        #expect(try place.sealpipe("list", "set").lines.sorted() == ["data", "data/one.txt"])
    }

    @Test func `files that change while they are read never spoil the archive`() throws {
        let place = try Workplace()
        for number in 10..<50 {
            for kind in ["grow", "shrink", "vanish", "still"] {
                try place.write("data/\(kind)-\(number)", noise(40_000, seed: UInt64(number)))
            }
        }
        let changes = try place.start(
            script: """
                while test ! -e stop; do
                  for number in {10..49}; do
                    printf '%0999d' 7 >>data/grow-$number
                    truncate -s 10 data/shrink-$number; truncate -s 90000 data/shrink-$number
                    rm -f data/vanish-$number; printf '%09999d' 1 >data/vanish-$number
                  done
                done
                """)
        for round in 1...4 {
            let sealed = try place.sealpipe(
                "seal", "--json", "--chunk", "64KiB", "--frame", "4KiB", "--part", "1MiB", "data",
                "set")
            #expect([0, 3].contains(sealed.status), "\(sealed)")
            let object = try sealed.object()
            #expect((object["partial"] as? Bool) == (sealed.status == 3))
            #expect(try problems(sealed).keys.allSatisfy { !$0.contains("still") })
            let verified = try place.sealpipe("verify", "set")
            #expect(verified.status == 0, "\(verified)")
            let restored = try place.sealpipe("restore", "set", "back\(round)")
            #expect(restored.status == 0, "\(restored)")
            for number in 10..<50 {
                #expect(
                    try place.read("back\(round)/data/still-\(number)")
                        == Data(noise(40_000, seed: UInt64(number))))
            }
        }
        try place.write("stop", "")
        #expect(try changes.end().status == 0)
    }

    @Test func `a large file that shrinks under way is marked and its length kept`() throws {
        let place = try Workplace()
        try place.shell("head -c 96M /dev/urandom >large; mkdir data; mv large data")
        let run = try place.start([
            "seal", "--json", "--workers", "1", "--no-compress", "data", "set",
        ])
        #expect(run.wait { place.names("set").contains { $0.hasSuffix(".partial") } })
        try place.shell("truncate -s 1000 data/large")
        let sealed = try run.end()
        #expect([0, 3].contains(sealed.status), "\(sealed)")
        #expect(try place.sealpipe("verify", "set").status == 0)
        #expect(try place.sealpipe("restore", "set", "back").status == 0)
        if sealed.status == 3 {
            #expect(try problems(sealed).keys.contains("data/large"))
        }
    }

    /// The chunk that loses its last bytes still looks like noise at every place where it is sampled,
    /// and is stored as it is; the chunks behind it are zeroes.
    @Test func `noise that shrinks while it is stored raw is marked, and its end is zeroes`() throws
    {
        let (place, kept) = (try Workplace(), 11 * (8 << 20) - (12 << 10))
        try place.shell("head -c 96M /dev/urandom >noise; mkdir data")
        let sealed = try shrinking(place, to: kept)
        #expect(sealed.status == 3, "\(sealed)")
        #expect(try problems(sealed) == ["data/large": "shrank"], "\(sealed)")
        let frames = try place.shell(
            #"for p in set/2*/part-*; do sealpipe decrypt <$p; done | "#
                + #"LC_ALL=C grep -aoP '\x28\xb5\x2f\xfd\x80\x38' | wc -l"#)
        #expect(frames.lastLine == "10", "\(frames)")
        #expect(try place.sealpipe("verify", "set").status == 0)
        #expect(try place.sealpipe("restore", "set", "back").status == 0)
        let same = try place.shell(
            "truncate -s \(kept) noise && truncate -s 96M noise && cmp noise back/data/large")
        #expect(same.status == 0, "\(same)")
    }

    /// Seals a copy of `noise` that becomes shorter before the run has come to what it loses.
    private func shrinking(_ place: Workplace, to count: Int) throws -> Ending {
        for _ in 0..<10 {
            try place.shell("rm -rf set; cp noise data/large")
            let run = try place.start(["seal", "--json", "--workers", "1", "data", "set"])
            // Not before: a file that is shorter when it is first looked at has not shrunk.
            guard run.wait(until: { holdsBytes("set", in: place) }) else {
                _ = try run.end()
                continue
            }
            run.signal(SIGSTOP)
            #expect(run.wait { run.isStopped })
            let stored = try place.shell("du -sb set | cut -f 1").lastLine
            let isOpen = run.hasOpen("data/large") ?? true
            let isEarly = try #require(Int(stored)) < 32 << 20 && isOpen
            if isEarly { try place.shell("truncate -s \(count) data/large") }
            run.signal(SIGCONT)
            let ending = try run.end()
            if isEarly { return ending }
        }
        throw Late()
    }

    /// Whether something of a partial archive's first part has been stored.
    private func holdsBytes(_ set: String, in place: Workplace) -> Bool {
        place.names(set).filter { $0.hasSuffix(".partial") }.contains { partial in
            place.names("\(set)/\(partial)").filter { $0.hasPrefix("part-") }.contains { part in
                let path = place("\(set)/\(partial)/\(part)")
                let attributes = try? FileManager.default.attributesOfItem(atPath: path)
                return (attributes?[.size] as? Int ?? 0) > 1 << 20
            }
        }
    }

    /// No run could be stopped early enough.
    private struct Late: Error {}

    @Test(.enabled(if: canMount, "needs to mount a file system"))
    func `a full disk ends the run, and the earlier archive is untouched`() throws {
        let place = try Workplace()
        try place.write("small/one.bin", noise(1_000_000))
        try place.write("large/two.bin", noise(6_000_000))
        let ending = try place.shell(
            """
            export -f sealpipe; mkdir disk
            unshare -rm bash -c '
              mount -t tmpfs -o size=4m tmpfs disk || exit 99
              sealpipe seal -q small disk/set >first || exit 98
              digests() { find disk/set/2* -type f | sort | xargs sha256sum; }
              digests >before
              sealpipe seal large disk/set; echo "status $?"
              digests >after; cmp before after && ls -A disk/set | grep -v "^.lock$"
              sealpipe verify -q disk/set && sealpipe restore disk/set back
            '
            """)
        #expect(ending.status == 0, "\(ending)")
        #expect(ending.lines.first == "status 16", "\(ending)")
        #expect(ending.lines.count == 2, "\(ending)")
        #expect(ending.err.contains("sealpipe: error: "))
        #expect(try place.same("small", "back/small"))
    }

    @Test(.enabled(if: canMount, "needs to mount a file system"))
    func `a restore onto a full disk ends without half a file`() throws {
        let place = try Workplace()
        try place.write("data/one.bin", noise(1_000_000))
        try place.write("data/two.bin", noise(6_000_000))
        #expect(try place.sealpipe("seal", "data", "set").status == 0)
        let ending = try place.shell(
            """
            export -f sealpipe; mkdir disk
            unshare -rm bash -c '
              mount -t tmpfs -o size=4m tmpfs disk || exit 99
              sealpipe restore set disk/back; echo "status $?"
              cd disk/back && find data -type f ! -name ".sealpipe-*" | while read -r f; do cmp "$f" "../../$f"; done
            '
            """)
        #expect(ending.lines == ["status 16"], "\(ending)")
        #expect(ending.status == 0, "\(ending)")
    }
}

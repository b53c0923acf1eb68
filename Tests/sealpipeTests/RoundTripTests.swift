import Foundation
import Testing

/// Seal, list, verify, restore: what a person does with the program.
@Suite struct RoundTripTests {
    private func place() throws -> Workplace {
        let place = try Workplace()
        try place.write("data/one.txt", "one\n")
        try place.write("data/deep/er/two.bin", noise(300_000))
        try place.write("data/empty", "")
        try place.shell(
            """
            ln -s ../one.txt data/deep/link; ln data/one.txt data/twin; mkdir data/hollow
            ln -s nowhere data/dangling; printf x > $'data/new\\nline'; printf y > $'data/\\xff'
            chmod 751 data/deep; touch -d '2001-02-03 04:05:06.789' data/one.txt data/hollow
            truncate -s 3M data/sparse; mkfifo data/pipe
            """)
        return place
    }

    @Test func `what is sealed comes back the same`() throws {
        let place = try place()
        let sealed = try place.sealpipe("seal", "data", "set")
        #expect(sealed.status == 0, "\(sealed)")
        #expect(place.exists("\(sealed.lastLine)/manifest.json"))
        let listed = try place.sealpipe("list", "set")
        #expect(listed.status == 0 && listed.lines.contains("data/deep/er/two.bin"), "\(listed)")
        #expect(try place.sealpipe("verify", "set").status == 0)
        #expect(try place.sealpipe("restore", "set", "back").status == 0)
        // A comparison would wait at a FIFO for a writer.
        #expect(
            try place.shell("test -p back/data/pipe && rm data/pipe back/data/pipe").status == 0)
        #expect(try place.same("data", "back/data"))
        let facts = "find . -printf '%p %y %m %U %G %T@ %s %l %n\\n' | sort"
        #expect(
            try place.shell("cd data; touch -r ../back/data .; \(facts)").out
                == place.shell("cd back/data; \(facts)").out)
        #expect(try place.shell("test data/one.txt -ef data/twin").status == 0)
        #expect(try place.shell("test back/data/one.txt -ef back/data/twin").status == 0)
    }

    @Test func `a selection restores only what it names`() throws {
        let place = try place()
        #expect(try place.sealpipe("seal", "data", "set").status == 0)
        #expect(try place.sealpipe("restore", "set", "back", "data/deep/**").status == 0)
        #expect(try place.same("data/deep", "back/data/deep"))
        #expect(place.names("back/data") == ["deep"])
    }

    @Test func `a pattern in vain is told of, and the others count`() throws {
        let place = try place()
        #expect(try place.sealpipe("seal", "data", "set").status == 0)
        let vain = "data/oen.txt: no entry of the archive matches"
        // The last one matches nothing that the first does not match too.
        let patterns = ["data/one.txt", "data/oen.txt", "one.*"]
        for command in [["restore", "set", "back"], ["list", "set"]] {
            let ending = try place.start(command + patterns).ended()
            #expect(ending.status == 3, "\(ending)")
            #expect(
                ending.err.split(separator: "\n").filter { $0.contains("matches") }.count == 1,
                "\(ending)")
            #expect(ending.err.contains(vain), "\(ending)")
        }
        #expect(try place.text("back/data/one.txt") == "one\n")
    }

    @Test func `a selection of nothing is missing`() throws {
        let place = try place()
        #expect(try place.sealpipe("seal", "data", "set").status == 0)
        #expect(try place.sealpipe("restore", "set", "back", "no/such/**").status == 10)
        #expect(try place.sealpipe("list", "set", "no/such/**").status == 10)
    }

    @Test func `the newest archive of a set is restored, or the one that is named`() throws {
        let place = try place()
        let first = try place.sealpipe("seal", "data", "set").lastLine
        try place.write("data/one.txt", "changed\n")
        #expect(try place.sealpipe("seal", "data", "set").status == 0)
        #expect(place.archives("set").count == 2)
        #expect(try place.sealpipe("restore", "set", "new").status == 0)
        #expect(try place.sealpipe("restore", first, "old").status == 0)
        #expect(try place.text("new/data/one.txt") == "changed\n")
        #expect(try place.text("old/data/one.txt") == "one\n")
    }

    @Test func `every command that reports does so in JSON`() throws {
        let place = try place()
        let sealed = try place.sealpipe("seal", "--json", "data", "set").object()
        let archive = try #require(sealed["archive"] as? String)
        #expect(place.exists("\(archive)/manifest.json"))
        #expect(sealed["partial"] as? Bool == false)
        #expect(try #require(sealed["stored_bytes"] as? Int) > 300_000)
        for arguments in [
            ["list", "--json", "set"], ["verify", "--json", "set"],
            ["verify", "--json", "--without-key", "set"],
        ] {
            let report = try place.start(arguments).end().object()
            #expect(report["archive"] as? String == archive, "\(arguments)")
        }
        let restored = try place.sealpipe("restore", "--json", "set", "back").object()
        #expect(restored["archive"] as? String == archive, "\(restored)")
        let entries =
            try place.sealpipe("list", "--json", "set").object()["entries"] as? [[String: Any]]
        #expect(entries?.count == sealed["entries"] as? Int)
        #expect(entries?.contains { $0["path_base64"] as? String == "ZGF0YS//" } == true)
        let keys = try place.sealpipe("keys", "list", "--json").object()["keys"] as? [[String: Any]]
        #expect(keys?.count == 1)
    }

    @Test func `targets of any bytes and device numbers are listed`() throws {
        let place = try place()
        let made = try place.shell(
            #"""
            ln -s $'to\xff' data/link
            mknod data/null c 1 3 2>/dev/null; mknod data/loop b 7 260 2>/dev/null
            sealpipe seal data set && sealpipe list -l set
            """#)
        #expect(made.status == 0, "\(made)")
        let entries = try #require(
            try place.sealpipe("list", "--json", "set").object()["entries"] as? [[String: Any]])
        func entry(_ path: String) throws -> [String: Any] {
            try #require(entries.first { $0["path"] as? String == path })
        }
        #expect(try entry("data/link")["target_base64"] as? String == "dG//")
        guard place.exists("data/null") else { return }
        #expect(made.out.contains(/crw.* 1, 3 .* data\/null/))
        let loop = try entry("data/loop")
        #expect(loop["device_major"] as? Int == 7 && loop["device_minor"] as? Int == 260)
    }

    @Test func `a run that archives nothing leaves no set`() throws {
        let place = try place()
        let ending = try place.shell("true | sealpipe seal - new/set; echo $?; ls -A new")
        #expect(ending.out == "10\n", "\(ending)")
        let own = try place.shell("mkdir own; true | sealpipe seal - own; echo $?; ls own")
        #expect(own.out == "10\n" && place.exists("own"), "\(own)")
    }

    @Test func `names for machines end with a NUL and are not escaped`() throws {
        let place = try place()
        #expect(try place.sealpipe("seal", "data", "set").status == 0)
        let same = try place.shell(
            "cmp <(sealpipe list -0 set | sort -z) <(find data -print0 | sort -z)")
        #expect(same.status == 0, "\(same)")
    }

    @Test func `names for people hold no control characters`() throws {
        let place = try place()
        try place.shell("touch $'data/\\e[31mred'")
        #expect(try place.sealpipe("seal", "data", "set").status == 0)
        let listed = try place.sealpipe("list", "set")
        #expect(!listed.out.contains("\u{1b}"))
        let count = try place.shell("find data -print0 | tr -dc '\\0' | wc -c").lastLine
        #expect("\(listed.lines.count)" == count)
    }

    @Test func `a message is encrypted and decrypted through pipes`() throws {
        let place = try place()
        let ending = try place.shell(
            """
            set -o pipefail
            sealpipe encrypt --context a=b <data/deep/er/two.bin >message &&
            sealpipe decrypt --context a=b <message | cmp - data/deep/er/two.bin &&
            ! cmp -s message data/deep/er/two.bin
            """)
        #expect(ending.status == 0, "\(ending)")
    }

    @Test func `an empty message is a message`() throws {
        let place = try place()
        let ending = try place.shell(
            "sealpipe encrypt </dev/null >m && test -s m && sealpipe decrypt <m | wc -c")
        #expect(ending.status == 0 && ending.lastLine == "0", "\(ending)")
    }

    @Test func `a part decrypts by itself, and the parts together are a tar`() throws {
        let place = try place()
        let ending = try place.shell(
            """
            set -o pipefail
            archive=$(sealpipe seal --chunk 64KiB --frame 4KiB --part 128KiB data set)
            test $(ls "$archive"/part-* | wc -l) -gt 2 || exit 9
            for part in "$archive"/part-*; do sealpipe decrypt <"$part" || exit; done |
              zstd -dq | tar tf - | wc -l
            """)
        #expect(ending.status == 0, "\(ending)")
        #expect(ending.lastLine == "14")
    }

    @Test func `standard input becomes an entry with the name it is given`() throws {
        let place = try place()
        let ending = try place.shell(
            "sealpipe seal --stdin-name dump.sql - set <data/one.txt && sealpipe restore set back")
        #expect(ending.status == 0, "\(ending)")
        #expect(try place.text("back/dump.sql") == "one\n")
    }

    @Test func `a restore over what is there is refused and changes nothing`() throws {
        let place = try place()
        #expect(try place.sealpipe("seal", "data", "set").status == 0)
        try place.write("back/data/one.txt", "mine\n")
        let refused = try place.sealpipe("restore", "set", "back")
        #expect(refused.status == 2, "\(refused)")
        #expect(try place.text("back/data/one.txt") == "mine\n")
        #expect(
            try place.shell("find back | sort").lines == ["back", "back/data", "back/data/one.txt"])
    }

    @Test func `a restore replaces what is there when it is allowed to`() throws {
        let place = try place()
        #expect(try place.sealpipe("seal", "data", "set").status == 0)
        try place.write("back/data/one.txt", "mine\n")
        try place.write("back/data/other.txt", "stays\n")
        let ending = try place.sealpipe("restore", "--overwrite", "replace", "set", "back")
        #expect(ending.status == 0, "\(ending)")
        #expect(try place.text("back/data/one.txt") == "one\n")
        #expect(try place.text("back/data/other.txt") == "stays\n")
    }

    @Test func `a directory is never replaced by anything else`() throws {
        let place = try place()
        #expect(try place.sealpipe("seal", "data", "set").status == 0)
        try place.write("back/data/one.txt/mine", "mine\n")
        for overwrite in ["refuse", "replace"] {
            let ending = try place.sealpipe("restore", "--overwrite", overwrite, "set", "back")
            #expect(ending.status == 2, "\(ending)")
            #expect(ending.err.contains("back/data/one.txt is a directory"), "\(ending)")
            #expect(ending.err.contains("move it away"), "\(ending)")
        }
        #expect(try place.text("back/data/one.txt/mine") == "mine\n")
    }

    @Test func `a source without anything to archive is missing`() throws {
        let place = try place()
        try place.shell("mkdir void")
        for exclude in ["**", "data"] {
            let ending = try place.sealpipe("seal", "--exclude", exclude, "data", "set")
            #expect(ending.status == 10, "\(exclude): \(ending)")
        }
        let ending = try place.sealpipe("seal", "void", "other")
        #expect(ending.status == 10, "\(ending)")
        #expect(place.archives("other").isEmpty)
    }

    @Test func `an output that is no archive set is refused and left alone`() throws {
        let place = try place()
        try place.write("letters/dear.txt", "dear")
        try place.write("file", "file")
        #expect(try place.sealpipe("seal", "data", "letters").status == 2)
        #expect(place.names("letters") == ["dear.txt"])
        #expect(try place.sealpipe("seal", "data", "file").status == 2)
        #expect(try place.text("file") == "file")
    }

    @Test func `an archive set within its source is refused`() throws {
        let place = try place()
        let ending = try place.sealpipe("seal", "data", "data/set")
        #expect(ending.status == 2, "\(ending)")
        #expect(!place.exists("data/set"))
    }

    @Test(arguments: ["list", "verify", "restore"])
    func `an archive that is not there is missing`(command: String) throws {
        let place = try place()
        let arguments = [command, "nowhere"] + (command == "restore" ? ["back"] : [])
        let ending = try place.start(arguments).end()
        #expect(ending.status == 10, "\(ending)")
        #expect(!place.exists("back"))
    }

    @Test func `a set without archives has none to open`() throws {
        let place = try place()
        try place.shell("mkdir set")
        #expect(try place.sealpipe("verify", "set").status == 10)
    }
}

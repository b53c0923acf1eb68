import Foundation
import Glibc
import Testing

/// Restores that are killed, and the same command again: it goes on, keeps what is its own, and refuses
/// what is not.
@Suite struct RestoreResumeTests {
    private let place: Workplace

    /// One file of several parts, small ones, and everything a file system knows of them.
    init() throws {
        place = try Workplace()
        try place.write("data/a/large", noise(400_000))
        let made = try place.shell(
            """
            set -e; umask 022
            mkdir -p data/b/locked data/c/empty
            for n in $(seq 40); do printf "%s\\n" $n >data/b/$n; done
            for n in $(seq 5); do printf "%s\\n" $n >data/b/locked/$n; done
            ln data/a/large data/c/hard; ln -s ../a/large data/c/soft; mkfifo -m 620 data/c/pipe
            truncate -s 2M data/c/sparse; printf x | dd of=data/c/sparse bs=1 seek=1000000 conv=notrunc
            setfattr -n user.note -v hello data/b/1; chmod 4711 data/b/2; chmod 400 data/b/3
            find data -depth -exec touch -h -d '2020-02-02 02:02:02.123456789' {} +
            chmod 555 data/b/locked; chmod 1770 data/c
            """)
        #expect(made.status == 0, "\(made)")
        try place.writeTreeJob()
        #expect(try place.sealpipe("run", "job.yaml").status == 0)
    }

    /// Restores until so many files have their names, then is killed.
    private func killed(
        after names: Int, _ arguments: String = "restore set back --workers 1"
    ) throws {
        let ending = try place.sealpipe(
            arguments, meeting: "kill", on: "renameat2", in: "back", from: names + 1)
        #expect(ending.status == 137, "\(ending)")
        #expect(journals.count == 1)
    }

    private var journals: [String] { place.names("back").filter { $0.hasSuffix(".restore") } }

    /// Every name, byte and attribute of a tree.
    private func everything(_ folder: String) throws -> String {
        let ending = try place.shell(
            """
            set -e; cd \(folder)
            find . -printf '%P %y %m %U %G %T@ %s %l %n\\n' | sed '/ d /s/ [0-9]* *[0-9]*$//' | sort
            find . -type f -print0 | sort -z | xargs -0 sha256sum
            find . -print0 | sort -z | xargs -0 getfattr -h -d -m - -e hex
            find . -name .sealpipe-\\*
            [ a/large -ef c/hard ]; [ $(stat -c %b c/sparse) -lt 100 ]
            """)
        #expect(ending.status == 0, "\(ending)")
        return ending.out
    }

    /// Goes on with the same command, and compares.
    @discardableResult
    private func finish(_ options: String...) throws -> (kept: Int, made: Int) {
        let ending = try place.shell(
            "sealpipe restore set back --json \(options.joined(separator: " "))")
        #expect(ending.status == 0, "\(ending)")
        #expect(ending.err.contains("went on with an interrupted restore"), "\(ending)")
        #expect(try everything("back/data") == everything("data"))
        #expect(place.names("back") == ["data"])
        let object = try JSONSerialization.jsonObject(with: Data(ending.out.utf8))
        let summary = try #require(object as? [String: Any])
        return (
            try #require(summary["kept_files"] as? Int), try #require(summary["made_files"] as? Int)
        )
    }

    /// Files, links and FIFOs of the tree.
    private static let count = 50

    @Test func `a killed restore goes on, keeps what it had, and refuses when it is done`() throws {
        try killed(after: 20)
        #expect(try finish() == (20, Self.count - 20))
        let again = try place.sealpipe("restore", "set", "back")
        #expect(again.status == 2, "\(again)")
        #expect(again.err.contains("exists already"), "\(again)")
    }

    @Test func `a restore killed again and again is finished`() throws {
        for names in [3, 5, 1, 7] { try killed(after: names) }
        #expect(try finish() == (16, Self.count - 16))
    }

    @Test func `a job file goes on, too`() throws {
        try place.write(
            "restore.yaml",
            """
            version: 1
            name: restore
            input: { archive: set }
            stages: [decrypt, decompress]
            output: { directory: back }
            """)
        try killed(after: 9, "run restore.yaml")
        let next = try place.sealpipe("run", "restore.yaml")
        #expect(next.status == 0 && next.err.contains("kept 9 files, made 41"), "\(next)")
        #expect(try everything("back/data") == everything("data"))
    }

    @Test func `parts of which all is kept are not read again`() throws {
        let ending = try place.sealpipe(
            "restore set back", meeting: "kill", on: "linkat", in: "back")
        #expect(ending.status == 137)
        // Whoever read a byte of them would fail.
        try place.shell(
            "cd set/2*; for p in part-*; do head -c $(stat -c %s $p) /dev/zero >x; mv x $p; done")
        #expect(try finish().kept == Self.count - 3)
    }

    @Test func `files that got their names and no record are compared`() throws {
        // The first write is the journal's beginning.
        let ending = try place.sealpipe(
            "restore set back", meeting: "kill", on: "pwrite,pwrite64", in: "back/.sealpipe-",
            from: 2)
        #expect(ending.status == 137)
        #expect(try finish() == (Self.count - 3, 3))
    }

    @Test func `no file has its name before it is on the disk`() throws {
        for failure in ["5", "kill"] {
            let ending = try place.sealpipe(
                "restore set back", meeting: failure, on: "syncfs", in: "back")
            #expect([13, 137].contains(ending.status), "\(ending)")
            let named = try place.shell("find back -type f ! -name '.sealpipe-*'")
            #expect(named.out == "", "\(named)")
        }
    }

    /// What a failing power supply may leave: files without names that have no bytes, a journal without
    /// its records, names that are gone.
    @Test func `after a power failure nothing is taken for whole that is not`() throws {
        try killed(after: 25)
        let left = try place.shell(
            """
            find back -name '*.partial' | wc -l
            find back -name '*.partial' -exec truncate -s 0 {} +
            find back -name '*.partial' -exec truncate -s 4096 {} +
            truncate -s 4096 back/.sealpipe-*.restore; rm -f back/data/b/1? back/data/a/large
            """)
        #expect((Int(left.lines.first ?? "") ?? 0) > 10, "\(left)")
        let (kept, made) = try finish()
        #expect(kept > 5 && kept < 25 && kept + made == Self.count)
    }

    /// With nothing known of the files that have their names, and with all of it.
    @Test(
        arguments: [
            "printf 'X' | dd of=FILE bs=1 conv=notrunc; touch -r data/b/1 FILE", "chmod 777 FILE",
            "touch FILE", "rm FILE; ln -s /etc/passwd FILE", "truncate -s 0 FILE",
            "setfattr -n user.note -v changed FILE", "rm FILE; mkdir FILE",
            "rm FILE; echo mine >FILE",
        ], [20, 47])
    func `what was changed in between is refused and left alone`(
        change: String, names: Int
    ) throws {
        try killed(after: names)
        let done = try place.shell(change.replacing("FILE", with: "back/data/b/1"))
        #expect(done.status == 0, "\(done)")
        let look =
            "stat -c '%F %s %a %u %g %h %i %y %z' back/data/b/1; getfattr -d back/data/b/1; "
            + "tail -c 9 back/data/b/1"
        let before = try place.shell(look).out
        let refused = try place.sealpipe("restore", "set", "back")
        #expect(refused.status == 2, "\(refused)")
        let what = change.contains("mkdir") ? "is a directory" : "exists already"
        #expect(refused.err.contains("back/data/b/1 \(what)"), "\(refused)")
        #expect(try place.shell(look).out == before)
        try place.shell("mv back/data/b/1 away")
        // Where it had to be read, others were made by then.
        #expect(try finish().kept >= names - 1)
    }

    @Test func `a file that came where one was still to be made is refused and left alone`() throws
    {
        try killed(after: 20)
        for name in ["data/c/sparse", "data/c/hard", "data/c/pipe"] {
            #expect(!place.exists("back/\(name)"))
            try place.write("back/\(name)", "mine")
            let refused = try place.sealpipe("restore", "set", "back")
            #expect(refused.status == 2, "\(refused)")
            #expect(refused.err.contains("back/\(name) exists already"), "\(refused)")
            #expect(try place.text("back/\(name)") == "mine")
            try place.shell("rm back/\(name)")
        }
        try finish()
    }

    @Test func `a copy that is the same in everything is kept`() throws {
        try killed(after: 20)
        try place.shell("cp -a back/data/b x; rm -r back/data/b; mv x back/data/b")
        try place.shell("find back -name '*.partial' -delete")
        #expect(try finish() == (20, Self.count - 20))
    }

    @Test func `where files are replaced, what is known is kept all the same`() throws {
        try killed(after: 47)
        try place.shell("echo mine >back/data/b/1; echo mine >back/data/c/sparse")
        // The large one has a second name by now, which changes it, too.
        #expect(try finish("--overwrite", "replace") == (44, Self.count - 44))
    }

    @Test func `a directory that waits for another restore is refused`() throws {
        try killed(after: 20)
        let patterns = try place.sealpipe("restore", "set", "back", "data/b/**")
        #expect(patterns.status == 2, "\(patterns)")
        #expect(patterns.err.contains("this archive with other patterns"), "\(patterns)")
        let first = try #require(place.archives("set").first)
        #expect(try place.sealpipe("run", "job.yaml").status == 0)
        let newest = try place.sealpipe("restore", "set", "back")
        #expect(newest.status == 2, "\(newest)")
        #expect(newest.err.contains("an interrupted restore of another archive, \(first)"))
        #expect(newest.err.contains("--no-resume"), "\(newest)")
        let next = try place.sealpipe("restore", "set/\(first)", "back")
        #expect(next.status == 0 && next.err.contains("kept 20 files"), "\(next)")
    }

    @Test func `whoever does not want to go on is refused as ever, or begins anew`() throws {
        try killed(after: 20)
        let refused = try place.sealpipe("restore", "--no-resume", "set", "back")
        #expect(refused.status == 2 && refused.err.contains("exists already"), "\(refused)")
        #expect(journals.count == 1)
        try place.shell("rm -r back/data")
        let anew = try place.sealpipe("restore", "--no-resume", "set", "back")
        #expect(anew.status == 0 && !anew.err.contains("went on"), "\(anew)")
        #expect(place.names("back") == ["data"])
    }

    @Test func `without a whole journal files are refused as ever`() throws {
        try killed(after: 20)
        let journal = "back/\(try #require(journals.first))"
        for damage in [
            "printf X | dd of=\(journal) bs=1 seek=40 conv=notrunc", "truncate -s 4095 \(journal)",
            "chmod 644 \(journal)", "truncate -s 0 \(journal)", "rm \(journal)",
        ] {
            try place.shell("cp -a \(journal) saved; \(damage)")
            let refused = try place.sealpipe("restore", "set", "back")
            #expect(refused.status == 2 && refused.err.contains("exists already"), "\(refused)")
            try place.shell("mv saved \(journal)")
        }
        try finish()
    }

    @Test func `a journal that tells lies costs reading, no more`() throws {
        try killed(after: 47)
        let journal = "back/\(try #require(journals.first))"
        try place.shell(
            "head -c 3000 /dev/urandom | dd of=\(journal) bs=4096 seek=1 conv=notrunc")
        #expect(try finish() == (47, Self.count - 47))
    }

    @Test(arguments: [
        ("pwrite,pwrite64", "28", 16), ("renameat2", "5", 13), ("futimens", "122", 3),
    ])
    func `where the disk is full or fails, what is complete is kept`(
        call: String, error: String, status: Int
    ) throws {
        let ending = try place.sealpipe(
            "restore set back --workers 1", meeting: error, on: call, in: "back/data", from: 30,
            to: 30)
        #expect(ending.status == status, "\(ending)")
        let left = try place.shell("find back -name '*.partial'")
        #expect(left.out == "", "\(left)")
        if status != 3 { #expect(try finish().kept >= 15) }
    }

    @Test func `links to what is not wanted go on, too`() throws {
        for names in [0, 1] {
            try place.shell("rm -rf back")
            try killed(after: names, "restore --workers 1 set back 'data/c/**'")
            let next = try place.sealpipe("restore", "set", "back", "data/c/**")
            #expect(next.status == 0 && next.err.contains("kept \(names) files"), "\(next)")
            #expect(try place.same("data/a/large", "back/data/c/hard"))
            #expect(
                try place.shell("stat -c '%a %y' data/c back/data/c | uniq").lines.count == 1)
        }
    }

    @Test func `damage is told of again by the run that goes on`() throws {
        try place.shell(
            "cd set/2*; printf XXXX | dd of=part-00003.tar.zst.esdk bs=1 seek=9000 conv=notrunc")
        try killed(after: 10, "restore --keep-going set back")
        let next = try place.sealpipe("restore", "--keep-going", "set", "back")
        #expect(next.status == 14, "\(next)")
        #expect(next.err.contains("kept 10 files"), "\(next)")
        #expect(next.err.contains("part-00003"), "\(next)")
        #expect(place.names("back") == ["data"])
    }

    @Test func `patterns that match nothing leave nothing in the way`() throws {
        let nothing = try place.sealpipe("restore", "set", "back", "nothing/**")
        #expect(nothing.status == 10, "\(nothing)")
        #expect(place.names("back").isEmpty)
    }
}

extension Workplace {
    /// Makes the tree `data`, with a file of each kind, and `job.yaml`, which seals it in many small parts.
    func makeTree() throws {
        try write("data/noise", noise(300_000))
        try write(
            "data/deep/er/text", String(repeating: "all work and no play\n", count: 500))
        try shell(
            """
            ln data/noise data/same; ln -s noise data/link; mkfifo data/pipe; mkdir data/empty
            for n in 1 2 3 4 5; do echo $n >data/deep/$n; done
            setfattr -n user.note -v x data/deep/1 data/empty; setfacl -m u:7:r data/deep/2
            truncate -s 200000 data/deep/hole; chmod 550 data/deep/er; chmod 2750 data/empty
            """)
        try writeTreeJob()
    }

    /// `job.yaml`, which seals `data` in many small parts.
    func writeTreeJob() throws {
        try write(
            "job.yaml",
            """
            version: 1
            name: tree
            input: { paths: [data] }
            stages:
              - chunk: { size: 64KiB }
              - compress
              - encrypt: { frame: 4KiB, part: 64KiB }
            output: { archive: set }
            """)
    }

    /// Whether a folder holds the tree `data`: names, bytes, owners, modes, times, links, holes, attributes.
    func isTree(_ folder: String) throws -> Bool {
        let list =
            "find . -printf '%P %y %m %U %G %T@ %s %l %n\\n' | grep -v '^ d' | sort; "
            + "getfattr -R -P -h -d -m - -e hex . | sort"
        return try shell(
            """
            set -e
            diff <(cd data; \(list)) <(cd \(folder)/data; \(list))
            diff <(cd data; find . -type f -print0 | sort -z | xargs -0 sha256sum) \
              <(cd \(folder)/data; find . -type f -print0 | sort -z | xargs -0 sha256sum)
            test ! -e data/same || test \(folder)/data/noise -ef \(folder)/data/same
            test ! -e data/deep/hole || test $(stat -c %b \(folder)/data/deep/hole) = 0
            """
        ).status == 0
    }

    /// Whether every file below a folder that has its name is the one of `data`.
    func isPartOfTree(_ folder: String) throws -> Ending {
        try shell(
            """
            cd \(folder)/data 2>/dev/null || exit 0
            find . -type f ! -name '.sealpipe-*' -print0 | while IFS= read -rd '' file; do
              cmp "$file" "\(path)/data/$file" || exit 1
            done
            """)
    }
}

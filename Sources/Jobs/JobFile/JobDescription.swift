/// The job file, described once: the parser checks by it, the schema and the reference print it.
enum JobDescription {
    static let root: [Field] = [
        Field(
            "version", .constant(1), isRequired: true,
            doc: "the version of this format, always 1"),
        Field(
            "name", .text(.jobName), isRequired: true,
            doc: "names the job, its lock and its metrics: a-z, 0-9 and '-'"),
        Field(
            "variables",
            .entries(
                key: .variableName,
                value: .either(
                    .anyScalar,
                    .settings([
                        Field(
                            "default", .anyScalar,
                            doc: "the value where neither the environment nor `--set` has one")
                    ]))),
            doc: "the variables this file may use as ${NAME}, each with its default or none"),
        Field(
            "key", .settings(key), fallback: "the embedded service's default key",
            doc: "the customer master key that wraps the data key"),
        Field("input", input, isRequired: true, doc: "where the bytes come from"),
        Field(
            "stages", .list(stage, mayBeEmpty: true), fallback: "no stage",
            doc: "what happens to them, in this order; what is left out does not happen"),
        Field("output", output, isRequired: true, doc: "where the bytes go"),
        Field(
            "expect", .settings(expect),
            doc: "what every archive must be; one that is less is not kept, with status 15"),
        Field("limits", .settings(limits), doc: "what the run may use up"),
        Field("report", .settings(report), doc: "what the run tells besides its exit status"),
    ]

    private static let key: [Field] = [
        Field(
            "service", .text(.service), fallback: "embedded",
            doc:
                "'embedded', or the URL of an OKMS or AWS-KMS-compatible service; http:// on this machine only"
        ),
        Field(
            "region", .text(.region), fallback: "AWS_REGION, AWS_DEFAULT_REGION",
            doc: "the service's region, with a URL only"),
        Field(
            "id", .oneOrList(.text(.keyName)), fallback: "default",
            doc: "key id, key ARN or 'default'; with a list the data key is wrapped under each"),
        Field(
            "context", .entries(key: .contextKey, value: .text(.contextValue)), fallback: "empty",
            doc: "encryption context: pairs bound to every use of the key, in plain sight"),
        Field(
            "restore_profile", .text(.profile), fallback: "nobody in particular",
            doc:
                "who restores, as a profile of the credentials file: proved when sealing, used when opening"
        ),
    ]

    private static let input = Shape.alternatives(
        noun: "an input",
        [
            Alternative(
                Field(
                    "paths",
                    .list(
                        .either(
                            .text(.path),
                            .settings([
                                Field(
                                    "path", .text(.path), isRequired: true,
                                    doc: "the file or folder"),
                                Field(
                                    "as", .text(.entryName), fallback: "the path's last component",
                                    doc: "its name at the top of the archive"),
                            ]))),
                    doc: "files and folders, relative to the job file"),
                with: [
                    Field(
                        "exclude", .list(.text(.glob)),
                        doc: "patterns of names in the archive that stay out"),
                    Field(
                        "one_file_system", .boolean, fallback: "false",
                        doc: "whether to keep only the directory of what is mounted below a path"),
                ]),
            Alternative(
                Field(
                    "stdin",
                    .settings([
                        Field(
                            "name", .text(.entryName), fallback: "stdin",
                            doc: "the name the bytes get in the archive")
                    ]),
                    doc: "the standard input")),
            Alternative(
                Field(
                    "command", .list(.text(.argument)),
                    doc: "a program and its arguments, run without a shell; its output is the input"
                ),
                with: [
                    Field(
                        "name", .text(.entryName), fallback: "the program's name",
                        doc: "the name the bytes get in the archive")
                ]),
            Alternative(
                Field(
                    "archive", .text(.path),
                    doc: "an archive set, whose newest archive is read, or one archive"),
                with: [
                    Field(
                        "select", .list(.text(.glob)), fallback: "everything",
                        doc: "patterns of the names to read"),
                    Field(
                        "replica", .text(.path),
                        doc: "a copy of the archive, or of its set, for what is damaged"),
                    Field(
                        "sample", .share(Percentage.smallest...Percentage.all), fallback: "100%",
                        doc:
                            "how much of it 'verify' opens: chunks chosen by chance, others each time"
                    ),
                ]),
        ])

    private static let stage = Shape.alternatives(
        noun: "a stage",
        [
            Alternative(
                Field(
                    "chunk",
                    .settings([
                        Field(
                            "size", .size(StageLimits.chunkByteCount),
                            fallback: ByteSize.text(
                                Stages.defaultChunkByteCount(compressing: true)),
                            doc: "the unit of compression; 2MiB where nothing is compressed")
                    ]),
                    doc: "cuts the stream into chunks")),
            Alternative(
                Field(
                    "compress",
                    .settings([
                        Field(
                            "codec", .word(Stages.Compression.Codec.allCases.map(\.rawValue)),
                            fallback: "zstd", doc: "how"),
                        Field(
                            "level", .integer(StageLimits.level),
                            fallback: "\(Stages.Compression.defaultLevel)",
                            doc: "higher is smaller and slower"),
                    ]),
                    doc: "compresses each chunk by itself, on all workers")),
            Alternative(
                Field(
                    "encrypt",
                    .settings([
                        Field(
                            "frame", .size(StageLimits.frameByteCount),
                            fallback: ByteSize.text(Stages.Encryption.defaultFrameByteCount),
                            doc: "the unit of encryption"),
                        Field(
                            "part", .size(StageLimits.partByteCount),
                            fallback: ByteSize.text(Stages.Encryption.defaultPartByteCount),
                            doc: "the unit of storage; at least a frame and a chunk"),
                    ]),
                    doc: "seals frames under a fresh data key, on all workers")),
            Alternative(Field("decrypt", .settings([]), doc: "opens and authenticates frames")),
            Alternative(Field("decompress", .settings([]), doc: "undoes compress")),
            Alternative(
                Field("verify", .settings([]), doc: "checks an archive's digests, and all it opens")
            ),
        ])

    private static let output = Shape.alternatives(
        noun: "an output",
        [
            Alternative(
                Field(
                    "archive", .text(.path),
                    doc: "the archive set that gets a new archive; requires encrypt")),
            Alternative(
                Field(
                    "directory", .text(.path),
                    doc: "the folder entries are restored into; requires an archive as input"),
                with: [
                    Field(
                        "overwrite", .word(Output.OverwritePolicy.allCases.map(\.rawValue)),
                        fallback: Output.OverwritePolicy.refuse.rawValue,
                        doc: "what to do with a file that is already there"),
                    Field(
                        "keep_going", .boolean, fallback: "false",
                        doc: "whether to restore what is whole of a damaged archive"),
                    Field(
                        "keep_damaged", .boolean, fallback: "false",
                        doc: "whether files with holes get their names too; requires keep_going"),
                ]),
            Alternative(Field("stdout", .settings([]), doc: "the standard output")),
            Alternative(
                Field("discard", .settings([]), doc: "nowhere: to measure, or to verify")),
        ])

    private static let limits: [Field] = [
        Field(
            "workers", .integer(StageLimits.workers), fallback: "all cores it may use",
            doc:
                "how many chunks and frames are worked on at once; affinity (`taskset`) and the processor quota of control groups count"
        )
    ]

    private static let expect: [Field] = [
        Field(
            "min_entries", .integer(Expectations.entries),
            doc: "files, folders and links: at least so many"),
        Field(
            "min_bytes", .size(Expectations.byteCount), doc: "bytes of content: at least so many"),
        Field(
            "max_shrink", .share(Percentage.zero...Percentage.all),
            doc: "how many entries and bytes may be gone since the last run of the job"),
        Field(
            "required_paths", .list(.text(.glob)),
            doc: "patterns of names in the archive, each of which something must match"),
    ]

    private static let report: [Field] = [
        Field(
            "metrics", .text(.metricsPath),
            doc: "a file of Prometheus' text format, written while it goes and at its end"),
        Field(
            "evidence", .text(.evidencePath),
            doc: "a JSON file that tells what 'verify' has opened and found"),
    ]
}

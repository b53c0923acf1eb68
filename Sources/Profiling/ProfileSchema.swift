import Jobs

/// The JSON Schema of a profile. `docs/formats/profile.md` says more in words.
/// Source: JSON Schema draft-07.
package enum ProfileSchema {
    package static var text: String {
        let head: [(String, JSONText)] = [
            ("$schema", .string("http://json-schema.org/draft-07/schema#")),
            ("title", .string("sealpipe profile")),
        ]
        return JSONText.object(head + schema(.object(profile))).text() + "\n"
    }

    /// A member of an object.
    struct Member: Sendable {
        let name: String
        let shape: Shape
        let isRequired: Bool
        let doc: String

        init(_ name: String, _ shape: Shape, isRequired: Bool = true, _ doc: String) {
            (self.name, self.shape, self.isRequired, self.doc) = (name, shape, isRequired, doc)
        }
    }

    indirect enum Shape: Sendable {
        case version(Int)
        case text
        case word([String])
        /// A whole number, not negative.
        case count
        /// A number, not negative.
        case amount
        case flag
        case list(Shape)
        case object([Member])
    }

    static let profile: [Member] = [
        Member("version", .version(1), "of this format"),
        Member("tool", .text, "name and version of the program"),
        Member("started", .text, "when the run began, in UTC"),
        Member("job", .object(job), "what was run"),
        Member("machine", .object(machine), "where it ran"),
        Member("seconds", .amount, "the whole run"),
        Member("pipeline_seconds", .amount, "from the first stage's start to the last one's end"),
        Member("processor_seconds", .amount, "of all threads, in the pipeline's time"),
        Member("delay_seconds", .amount, "threads were ready but had no processor"),
        Member("peak_resident_bytes", .count, "the most memory the process held"),
        Member("entries", .count, "entries packed or opened"),
        Member("content_bytes", .count, "bytes of their files, holes included"),
        Member("tar_bytes", .count, "bytes of the tar around them"),
        Member(
            "stored_bytes", .count,
            "bytes stored, or of a message that is opened; 0 where an archive is"),
        Member("key_calls", .count, "calls of the key service"),
        Member("problem_count", .count, "problems with inputs or metadata"),
        Member("partial", .flag, "whether some inputs are not whole"),
        Member("stages", .list(.object(stage)), "in the order in which data goes through them"),
        Member("pools", .list(.object(pool)), "workers that several stages share"),
        Member("queues", .list(.object(queue)), "bounded queues between stages"),
        Member("samples", .list(.object(sample)), "the run as it went, in equal steps of time"),
        Member("types", .list(.object(type)), "where the bytes went, by type of file"),
        Member("verdict", .object(verdict), "what limits the run"),
    ]

    private static let job: [Member] = [
        Member("name", .text, "the job's"),
        Member("input", .word(["paths", "stdin", "command", "archive"]), "kind of input"),
        Member("output", .word(["archive", "directory", "stdout", "discard"]), "kind of output"),
        Member("stages", .list(.text), "as a job file names them"),
        Member("workers", .count, "threads of the pool"),
        Member("key_service", .word(["embedded", "endpoint"]), "where data keys come from"),
        Member("chunk_bytes", .count, isRequired: false, "most bytes of a chunk"),
        Member("compression_level", .count, isRequired: false, "of zstd"),
        Member("frame_bytes", .count, isRequired: false, "bytes of a frame"),
        Member("part_bytes", .count, isRequired: false, "most bytes of a part, before encryption"),
    ]

    private static let machine: [Member] = [
        Member("processors", .count, "that the process may use"),
        Member("model", .text, "what the processors call themselves, or nothing"),
        Member("architecture", .text, "x86_64, aarch64 or unknown"),
        Member("memory_bytes", .count, "the machine's memory"),
        Member("kernel", .text, "name and release"),
    ]

    private static let stage: [Member] = [
        Member("name", .text, "the stage's"),
        Member("place", .text, "'thread' of its own, name of a pool, or 'outside' the pipeline"),
        Member("threads", .count, "that may work for it at once"),
        Member("items", .count, "pieces of work done"),
        Member("bytes_in", .count, "bytes it took"),
        Member("bytes_out", .count, "bytes it gave"),
        Member("utilisation", .amount, "busy_seconds as a share of its threads' time, 0 to 1"),
        Member("busy_seconds", .amount, "of all its threads, waits for queues excluded"),
        Member("processor_seconds", .amount, "how much of it a processor worked"),
        Member("input_wait_seconds", .amount, "waits for something to work on"),
        Member("output_wait_seconds", .amount, "waits for room to put results in"),
        Member(
            "latency_milliseconds", .object(latency), isRequired: false,
            "how long single pieces took, where that is measured"),
    ]

    private static let latency: [Member] = [
        Member("count", .count, "pieces measured"),
        Member("p50", .amount, "half of them took no longer"),
        Member("p90", .amount, "90 % took no longer"),
        Member("p99", .amount, "99 % took no longer"),
        Member("p999", .amount, "99.9 % took no longer"),
        Member("longest", .amount, "none took longer"),
    ]

    private static let pool: [Member] = [
        Member("name", .text, "the pool's"),
        Member("workers", .count, "its threads"),
        Member("utilisation", .amount, "busy_seconds as a share of their time, 0 to 1"),
        Member("busy_seconds", .amount, "of all workers"),
        Member("processor_seconds", .amount, "how much of it a processor worked"),
    ]

    private static let queue: [Member] = [
        Member("name", .text, "the queue's"),
        Member("capacity", .count, "most items in it"),
        Member("from", .text, isRequired: false, "the stage that fills it"),
        Member("to", .text, isRequired: false, "the stage that empties it"),
    ]

    private static let sample: [Member] = [
        Member("seconds", .amount, "since the pipeline's start"),
        Member("processor_seconds", .amount, "so far"),
        Member("resident_bytes", .count, "memory the process held at that moment"),
        Member("bytes_in", .list(.count), "so far, by stage"),
        Member("bytes_out", .list(.count), "so far, by stage"),
        Member("busy_seconds", .list(.amount), "so far, by stage"),
        Member("depths", .list(.count), "items at that moment, by queue"),
    ]

    private static let type: [Member] = [
        Member("name", .text, "an extension with its dot, in lower case, or a name without one"),
        Member("files", .count, "files of that type"),
        Member("content_bytes", .count, "their bytes, holes included"),
        Member("tar_bytes", .count, "their bytes of the tar"),
        Member("stored_bytes", .count, "their share of the chunks' stored bytes"),
    ]

    private static let verdict: [Member] = [
        Member(
            "kind",
            .word([
                "processors", "work", "device", "crowded", "quota", "calls", "commit", "balanced",
                "nothing",
            ]), "what it is that limits"),
        Member("stage", .text, isRequired: false, "the stage it is about"),
        Member("share", .amount, isRequired: false, "for how much of the time, 0 to 1"),
        Member("sentence", .text, "the verdict for people"),
        Member("advice", .text, isRequired: false, "what to try"),
    ]

    private static func schema(_ shape: Shape) -> [(String, JSONText)] {
        switch shape {
        case .version(let number): [("const", .number(number))]
        case .text: [("type", .string("string"))]
        case .word(let words): [("enum", .list(words.map { .string($0) }))]
        case .count: [("type", .string("integer")), ("minimum", .number(0))]
        case .amount: [("type", .string("number")), ("minimum", .number(0))]
        case .flag: [("type", .string("boolean"))]
        case .list(let item): [("type", .string("array")), ("items", .object(schema(item)))]
        case .object(let members):
            [
                ("type", .string("object")), ("additionalProperties", .boolean(false)),
                (
                    "properties",
                    .object(
                        members.map { member in
                            let doc = ("description", JSONText.string(member.doc))
                            return (member.name, .object([doc] + schema(member.shape)))
                        })
                ),
                (
                    "required",
                    .list(members.filter(\.isRequired).map { .string($0.name) })
                ),
            ]
        }
    }
}

import Jobs

/// What of a job decides how fast it runs, in the words of the job file.
package struct MeasuredJob: Sendable, Equatable, Encodable {
    package var name: String
    /// The kinds of input and output.
    package var input, output: String
    package var stages: [String] = []
    package var workers: Int
    /// `embedded` or `endpoint`.
    package var keyService: String
    /// Nil where the job has no such stage; of an archive that is opened, its writer chose.
    package var chunkBytes, compressionLevel, frameBytes, partBytes: Int?

    init(_ job: Job) {
        name = job.name
        (input, output) = (Self.word(job.input), Self.word(job.output))
        workers = job.workers
        keyService = job.key.service == .embedded ? "embedded" : "endpoint"
        let stages = job.stages
        if case .archive = job.input {
        } else if !stages.decrypts {
            self.stages.append("chunk")
            chunkBytes = stages.chunkByteCount
        }
        if let compression = stages.compression {
            self.stages.append("compress")
            compressionLevel = compression.level
        }
        if let encryption = stages.encryption {
            self.stages.append("encrypt")
            (frameBytes, partBytes) = (encryption.frameByteCount, encryption.partByteCount)
        }
        if stages.decrypts { self.stages.append("decrypt") }
        if stages.decompresses { self.stages.append("decompress") }
        if stages.verifies { self.stages.append("verify") }
    }

    package init(name: String, input: String, output: String, workers: Int, keyService: String) {
        self.name = name
        self.input = input
        self.output = output
        self.workers = workers
        self.keyService = keyService
    }

    private static func word(_ input: Input) -> String {
        switch input {
        case .paths: "paths"
        case .stdin: "stdin"
        case .command: "command"
        case .archive: "archive"
        }
    }

    private static func word(_ output: Output) -> String {
        switch output {
        case .archive: "archive"
        case .directory: "directory"
        case .stdout: "stdout"
        case .discard: "discard"
        }
    }
}

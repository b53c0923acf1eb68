import Jobs

extension FuzzTarget {
    /// Job files. A first line that begins with `#set ` is given as a setting of the command line.
    static let jobFile = FuzzTarget(name: "job-file", check: checkJobFile, seeds: jobFileSeeds)
}

@Sendable private func checkJobFile(_ input: [UInt8]) throws {
    var settings: [String] = []
    let mark = Array("#set ".utf8)
    if input.starts(with: mark) {
        let line = input.dropFirst(mark.count).prefix { $0 != UInt8(ascii: "\n") }
        settings = [String(decoding: line, as: UTF8.self)]
    }
    let (job, diagnostics) = JobFile.load(
        text: input, path: "job.yaml", settings: settings, environment: ["C": "y"])
    let hasErrors = diagnostics.contains { $0.severity == .error }
    try promise((job == nil) == hasErrors, "a job file is a job or has errors")
    try promise(
        diagnostics.allSatisfy { !$0.description.utf8.contains(UInt8(ascii: "\n")) },
        "a diagnostic is a line")
    if let job {
        try promise(
            JobFile.load(text: job.yaml, path: "job.yaml").job == job,
            "a job that is written again reads the same")
    }
}

@Sendable private func jobFileSeeds() throws -> [[UInt8]] {
    [
        """
        version: 1
        name: all-of-it
        variables: { A: x, B: { default: 3 }, C: }
        key: { service: "https://kms.example.com", region: eu-2, id: [default], context: { a: "${A}" } }
        input: { paths: [{ path: "../${C:-data}", as: d }, /x], exclude: ["**/*.tmp", '[a-z]?'] }
        stages: [chunk: { size: 8MiB }, compress: { codec: zstd, level: "${B}" }, encrypt]
        output: { archive: "s$${x}" }
        limits: { workers: 4 }
        report: { metrics: "${A}.prom" }

        """,
        """
        version: 1
        name: r
        input: { archive: s, select: [a] }
        stages: [decrypt, decompress]
        output:
          directory: |
            d
          overwrite: >-
            replace

        """,
        """
        #set stages[1].compress.level=9
        version: 1
        name: nightly
        input:
          paths: [data]
        stages:
          - chunk: { size: 4MiB }
          - compress: { level: 3 }
          - encrypt: { frame: 1MiB, part: 64MiB }
        output:
          archive: set

        """,
    ].map { Array($0.utf8) }
}

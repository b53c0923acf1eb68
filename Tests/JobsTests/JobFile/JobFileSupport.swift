import Testing

@testable import Jobs

/// A job file that says what it must and no more; tests change one thing in it.
let sealJob = """
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
    """

/// `line:column code` of every diagnostic; settings have no line.
func places(
    _ text: String, settings: [String] = [], environment: [String: String] = [:]
) -> [String] {
    JobFile.load(text: text, path: "job.yaml", settings: settings, environment: environment)
        .diagnostics.map {
            $0.line > 0 ? "\($0.line):\($0.column) \($0.code.rawValue)" : $0.code.rawValue
        }
}

func messages(
    _ text: String, settings: [String] = [], environment: [String: String] = [:]
) -> [String] {
    JobFile.load(text: text, path: "job.yaml", settings: settings, environment: environment)
        .diagnostics.map(\.description)
}

/// The job of a file that has no errors.
func job(
    _ text: String, path: String = "job.yaml", settings: [String] = [],
    environment: [String: String] = [:]
) throws -> Job {
    let (job, diagnostics) = JobFile.load(
        text: text, path: path, settings: settings, environment: environment)
    return try #require(job, "\(diagnostics)")
}

/// A job with these blocks, each in one line of flow YAML.
func jobText(input: String, stages: String, output: String, more: String = "") -> String {
    """
    version: 1
    name: test
    input: \(input)
    stages: \(stages)
    output: \(output)
    \(more)
    """
}

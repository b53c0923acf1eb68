/// What a job owes beside its work: expectations of archives, and what is told of verifications.
extension JobBuilder {
    /// Nothing is expected of what is not kept.
    mutating func expectations(for output: Output?) -> Expectations {
        guard let entry = root.entry("expect") else { return Expectations() }
        let node = entry.value
        var expectations = Expectations(
            minEntries: node["min_entries"]?.scalar?.integer,
            minBytes: node["min_bytes"]?.scalar.flatMap { try? ByteSize.parse($0.text) },
            maxShrink: node["max_shrink"]?.scalar.flatMap { try? Percentage($0.text) },
            requiredPaths: globs(node["required_paths"]))
        switch output {
        case .archive(let path):
            // Nothing but the place is no expectation.
            if expectations != Expectations() { expectations.set = path }
        case .directory, .stdout, .discard:
            findings.error(
                .stageConflict, at: entry.keyPosition,
                "'expect' is for jobs that make an archive",
                hint: "it goes with output 'archive'")
        case nil: break
        }
        return expectations
    }

    /// Samples and evidence are of what is opened and verified, and goes nowhere.
    mutating func checkVerification() {
        let entries = [
            root["input"]?.entry("sample"), root["report"]?.entry("evidence"),
        ].compactMap(\.self)
        guard !entries.isEmpty, let input = root["input"], let output = root["output"],
            let inputKey = choice(input, of: Self.inputs)?.key,
            let outputKey = choice(output, of: Self.outputs)?.key
        else { return }
        let stages = (root["stages"]?.items ?? []).compactMap {
            choice($0, of: StageKind.allCases.map(\.rawValue))?.key
        }
        // A stage that is not understood may be the very one that is meant.
        guard stages.count == (root["stages"]?.items ?? []).count else { return }
        if inputKey == "archive", outputKey == "discard", stages.contains("decrypt"),
            stages.contains("verify")
        {
            return
        }
        for entry in entries {
            findings.error(
                .stageConflict, at: entry.keyPosition,
                "\(entry.key.quoted) is for jobs that open an archive to verify it",
                hint: "stages: [decrypt, decompress, verify] and output: discard")
        }
    }
}

/// One step of a pipeline, as written.
enum StageKind: String, CaseIterable {
    case chunk, compress, encrypt
    case decrypt, decompress, verify

    var opens: Bool { self == .decrypt || self == .decompress || self == .verify }

    /// The only order in which the stages of one direction make sense.
    var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}

/// Which stages may follow each other, between which inputs and outputs.
struct StageRules {
    struct Written {
        let kind: StageKind
        let position: Position
    }

    let stages: [Written]
    /// The keys of the input and the output, where exactly one is written.
    let input: (key: String, position: Position)?
    let output: (key: String, position: Position)?
    /// Where the job says nothing that could be pointed at.
    let fallback: Position

    private func has(_ kind: StageKind) -> Bool { stages.contains { $0.kind == kind } }

    func check(_ findings: inout Findings) {
        checkOrder(&findings)
        if input?.key == "archive" {
            checkArchiveInput(&findings)
        } else if let input {
            checkOtherInput(input.key, &findings)
        }
        checkOutput(&findings)
    }

    private func checkOrder(_ findings: inout Findings) {
        for (index, stage) in stages.enumerated() {
            let earlier = stages[..<index]
            let name = stage.kind.rawValue
            if earlier.contains(where: { $0.kind == stage.kind }) {
                findings.error(
                    .stageOrder, at: stage.position, "'\(name)' is there twice")
            } else if let other = earlier.first(where: { $0.kind.opens != stage.kind.opens }) {
                findings.error(
                    .stageConflict, at: stage.position,
                    "'\(name)' and '\(other.kind.rawValue)' do not go into one job",
                    hint: "seal in one job, open in another")
            } else if let later = earlier.first(where: { $0.kind.rank > stage.kind.rank }) {
                let reason =
                    stage.kind == .compress ? ": what is encrypted does not compress" : ""
                findings.error(
                    .stageOrder, at: stage.position,
                    "'\(name)' must come before '\(later.kind.rawValue)'\(reason)",
                    hint: stage.kind.opens
                        ? "the order is decrypt, decompress, verify"
                        : "the order is chunk, compress, encrypt")
            }
        }
    }

    private func checkArchiveInput(_ findings: inout Findings) {
        for stage in stages where !stage.kind.opens {
            findings.error(
                .stageConflict, at: stage.position,
                "'\(stage.kind.rawValue)' does not go with an archive as input")
        }
        guard !has(.decrypt), output?.key != "discard" || !has(.verify) else {
            if !has(.decrypt), let stage = stages.first(where: { $0.kind == .decompress }) {
                findings.error(
                    .stageConflict, at: stage.position, "'decompress' needs 'decrypt' before it")
            }
            return
        }
        let place = stages.first?.position ?? input?.position ?? fallback
        findings.error(
            .stageConflict, at: place, "an archive as input needs 'decrypt' as the first stage",
            hint: output?.key == "discard" ? "or 'verify' alone, which needs no key" : nil)
    }

    private func checkOtherInput(_ input: String, _ findings: inout Findings) {
        for stage in stages {
            if stage.kind == .verify || (stage.kind.opens && input == "paths") {
                findings.error(
                    .stageConflict, at: stage.position,
                    "'\(stage.kind.rawValue)' needs an archive as input, not '\(input)'")
            }
        }
    }

    private func checkOutput(_ findings: inout Findings) {
        guard let output else { return }
        switch output.key {
        case "archive":
            if input?.key == "archive" {
                findings.error(
                    .stageConflict, at: output.position,
                    "an archive cannot be read into another archive")
            } else if let opens = stages.first(where: \.kind.opens) {
                findings.error(
                    .stageConflict, at: output.position,
                    "output 'archive' does not go with '\(opens.kind.rawValue)'")
            }
            if !has(.encrypt), input?.key != "archive" {
                findings.error(
                    .plaintextArchive, at: output.position,
                    "output 'archive' without 'encrypt' would store plaintext",
                    hint: "add '- encrypt' to the stages")
            }
        case "directory":
            if let input, input.key != "archive" {
                findings.error(
                    .stageConflict, at: output.position,
                    "output 'directory' needs an archive as input, not '\(input.key)'")
            } else if !has(.decompress) {
                findings.error(
                    .stageConflict, at: output.position,
                    "output 'directory' needs the stage 'decompress'",
                    hint: "stages: [decrypt, decompress]")
            }
        default: break
        }
    }
}

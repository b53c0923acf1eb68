import Archive

/// A file whose data is wanted.
struct WantedFile: Sendable {
    let entry: Entry
    /// Which of the archive's entries it is.
    let number: Int
    let standing: Standing
}

/// Begins the files of a restore: new ones, and ones that are there already and are compared.
struct FileMaker: Sendable {
    let start: RestoreRun.Start
    let naming: FileNaming
    /// Where the restore goes, for messages.
    let path: String
    let rules: RestoreRules
    let losses: RestoreLosses?

    func make(
        _ wanted: WantedFile, named name: [UInt8], in parent: FileDescriptor
    ) throws -> any IncomingFile {
        let (entry, losses) = (wanted.entry, losses)
        if case .alike(let isFlawed) = wanted.standing, let journal = start.journal {
            return try ComparedFile(
                entry, number: wanted.number, name: name, in: parent,
                path: "\(path)/\(entry.displayPath)", rules: rules, journal: journal,
                isFlawed: isFlawed, reportHoles: { losses?.note(entry, $0) })
        }
        return try RestoredFile(
            entry, number: wanted.number, in: parent, rules: rules,
            reportHoles: { losses?.note(entry, $0) }, handOver: naming.add)
    }
}

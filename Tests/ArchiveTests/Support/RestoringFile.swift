import Archive
import Glibc

@testable import Archive

/// A file that is restored, and the names that files get.
struct RestoringFile {
    let file: RestoredFile
    let naming: FileNaming

    /// `path` is the root's; `parent` the directory below it that the entry belongs into.
    init(
        _ entry: Entry, in parent: FileDescriptor, below path: String, number: Int = 1,
        rules: RestoreRules, journal: RestoreJournal? = nil,
        reportHoles: @escaping @Sendable (FileHoles) -> Void = { _ in }
    ) throws {
        naming = FileNaming(
            root: try FileDescriptor.open(path, O_RDONLY | O_DIRECTORY), path: path, rules: rules,
            journal: journal)
        file = try RestoredFile(
            entry, number: number, in: parent, rules: rules, reportHoles: reportHoles,
            handOver: naming.add)
    }

    /// Names the file, if it is finished; removes it where that cannot be.
    func name() throws {
        do { try naming.nameAll() } catch {
            naming.discard()
            throw error
        }
    }

    /// Gives the file all its data and its name.
    func restore(_ data: [UInt8]) throws -> [RestoreProblem] {
        let problems = data.isEmpty ? try file.finishEmpty() : try file.take(data.span, at: 0)
        try name()
        return problems
    }
}

extension TreeRestorer {
    /// Makes something whose number does not matter.
    func makeSpecial(_ entry: Entry) throws(ArchiveError) -> [RestoreProblem] {
        try makeSpecial(entry, number: 0)
    }
}

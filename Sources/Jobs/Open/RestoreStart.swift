import Archive
import Glibc
import Pipeline
import Storage

/// What a restore begins with: an empty directory, one in which nothing is in its way, or what an
/// interrupted restore left.
extension RestoreRun {
    struct Start: Sendable {
        /// Nil where the directory itself may not be written to: then nothing goes on.
        let journal: RestoreJournal?
        let goesOn: Bool
        /// Whether all that is in the directory is the restore's.
        let ownsDirectories: Bool

        /// What lies where an entry belongs. Where nothing goes on, that was looked at before.
        func standing(of entry: Entry, _ number: Int, _ tree: TreeRestorer) throws -> Standing {
            guard goesOn, let journal else { return .absent }
            return try tree.standing(of: entry, number: number, in: journal)
        }
    }

    /// Takes up what an interrupted restore left, or begins a journal. Refuses before anything is
    /// written where an entry would replace something.
    func makeStart(_ root: FileDescriptor, _ renamed: [[UInt8]: [[UInt8]]]) throws -> Start {
        let left = try RestoreJournal.find(in: root, path: path)
        let restore = RestoreJournal.Restore(
            archiveID: archive.manifest.archive,
            name: archive.stored.path.split(separator: "/").last.map(String.init) ?? "",
            patterns: selection.patterns.map(\.text),
            ownsDirectories: try directoryIsEmpty(path))
        if resumes, let journal = left.first {
            if let other = left.first(where: { !$0.restore.isSame(as: restore) }) {
                throw refusal(other.restore, restore)
            }
            try checkStanding(root, renamed, journal)
            return Start(
                journal: journal, goesOn: true, ownsDirectories: journal.restore.ownsDirectories)
        }
        if !restore.ownsDirectories { try checkVacancy(root) }
        for journal in left { try journal.remove() }
        return Start(
            journal: try makeJournal(restore, in: root), goesOn: false,
            ownsDirectories: restore.ownsDirectories)
    }

    private func refusal(
        _ other: RestoreJournal.Restore, _ restore: RestoreJournal.Restore
    ) -> JobError {
        let what =
            other.isOfArchive(of: restore)
            ? "this archive with other patterns" : "another archive, \(other.name)"
        return JobError(
            .usage, "\(path) holds an interrupted restore of \(what)",
            hint: "run that restore again to finish it, or this one with --no-resume to give it up")
    }

    private func makeJournal(
        _ restore: RestoreJournal.Restore, in root: FileDescriptor
    ) throws -> RestoreJournal? {
        do { return try RestoreJournal.make(restore, in: root, path: path) } catch {
            // Directories in it may be writable all the same.
            guard case .system(_, _, let number) = error, [EACCES, EPERM].contains(number) else {
                throw error
            }
            return nil
        }
    }

    private func checkVacancy(_ root: FileDescriptor) throws {
        let tree = TreeRestorer(root: root, path: path, rules: rules)
        let catalog = try archive.readCatalog()
        while let record = try catalog.record() {
            try flow.check()
            if case .entry(let item) = record, selection.includes(item.entry) {
                try tree.checkVacant(item.entry)
            }
        }
    }

    /// Finds what is in the way before anything is written, and opens directories again that had their
    /// final modes.
    private func checkStanding(
        _ root: FileDescriptor, _ renamed: [[UInt8]: [[UInt8]]], _ journal: RestoreJournal
    ) throws {
        let tree = TreeRestorer(root: root, path: path, rules: rules)
        let catalog = try archive.readCatalog()
        while let record = try catalog.record() {
            try flow.check()
            guard case .entry(let item) = record else { continue }
            if item.entry.kind == .directory,
                selection.includes(item.entry) || journal.restore.ownsDirectories
            {
                try tree.reopen(item.entry)
            }
            guard let entry = wanted(item.entry, renamed) else { continue }
            _ = try tree.standing(of: entry, number: catalog.entryCount - 1, in: journal)
        }
    }

    /// An entry as it is wanted: itself, or what wanted links point to under the first of their names,
    /// and those links pointing there. Nil for what is not, and for the link whose name is taken.
    func wanted(_ item: Entry, _ renamed: [[UInt8]: [[UInt8]]]) -> Entry? {
        var entry = item
        guard selection.includes(item) else {
            guard let name = renamed[item.path]?.first else { return nil }
            entry.path = name
            return entry
        }
        if case .hardLink(let target) = item.kind, let first = renamed[target]?.first {
            if first == item.path { return nil }
            entry.kind = .hardLink(target: first)
        }
        return entry
    }

    /// For hard links that are wanted while the file they point to is not: which names that file's
    /// data must get instead.
    func hardLinkSources() throws -> [[UInt8]: [[UInt8]]] {
        if selection.isEverything { return [:] }
        var names: [[UInt8]: [[UInt8]]] = [:]
        let catalog = try archive.readCatalog()
        while let record = try catalog.record(skipping: CatalogReader.filePrefix) {
            guard case .entry(let item) = record, case .hardLink(let target) = item.entry.kind,
                selection.includes(item.entry)
            else { continue }
            var source = item.entry
            source.path = target
            if !selection.includes(source) { names[target, default: []].append(item.entry.path) }
        }
        return names
    }
}

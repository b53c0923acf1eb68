import Archive
import Envelope
import Storage

/// Finds the copy of an archive in a replica: by its name, and by the id that its files say they have.
enum Replica {
    /// `path` is a copy of the archive, or of its set. Throws `missing` where no copy is there.
    static func find(
        _ path: String, of archive: StoredArchive, named ids: Set<String>
    ) throws -> StoredArchive {
        let name = archive.path.split(separator: "/").last.map(String.init) ?? ""
        let stored = try StoredArchive(at: path)
        var paths = ["\(path)/\(name)", stored.path]
        if stored.path != path {
            let names = (try? StoredArchive.archives(in: path)) ?? []
            paths += names.reversed().map { "\(path)/\($0)" }
        }
        for path in paths {
            guard let copy = try? StoredArchive(at: path), copy.path == path else { continue }
            if !ids.isDisjoint(with: Self.ids(of: ArchiveCopy(copy))) { return copy }
        }
        throw JobError(
            .missing, "\(path) holds no copy of \(archive.path)",
            hint: "--replica names a copy of the archive, or of its set")
    }

    /// The archive's id as its manifest and the headers of its files say it; not proven.
    static func ids(of copy: ArchiveCopy) -> Set<String> {
        var ids: Set<String> = []
        if let manifest = try? copy.manifest.get() { ids.insert(manifest.archive) }
        for file in copy.files.filter({ $0.message != nil }).prefix(64) {
            guard let header = try? file.header(in: copy.stored),
                let id = KeyClaim(header.claims).archiveID
            else { continue }
            ids.insert(id)
        }
        return ids
    }
}

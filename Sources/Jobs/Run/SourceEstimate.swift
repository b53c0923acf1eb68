import Archive
import Pipeline

/// What a walk over a job's sources finds without reading a file.
struct SourceEstimate {
    private(set) var entries = 0
    private(set) var contentBytes = 0
    private(set) var tarBytes = TarHeaderWriter.trailerByteCount
    private(set) var problems = 0

    init(of sources: [Source], exclude: [Glob], oneFileSystem: Bool, flow: Flow? = nil) throws {
        var options = Self.options(exclude: exclude, oneFileSystem: oneFileSystem)
        options.readsContent = false
        var problems = 0
        var (entries, contentBytes, tarBytes) = (0, 0, tarBytes)
        let walker = SourceWalker(options: options) { _ in problems += 1 }
        try walker.walk(Self.roots(sources)) { entry, _, _, _ in
            try flow?.check()
            entries += 1
            contentBytes += entry.size
            // A header with nanoseconds has three blocks; data is filled up to whole blocks.
            let block = TarHeaderWriter.blockByteCount
            tarBytes += 3 * block + (entry.size + block - 1) / block * block
        }
        (self.entries, self.contentBytes, self.tarBytes) = (entries, contentBytes, tarBytes)
        self.problems = problems
    }

    /// The sources in the order of their names, which is the order of the archive.
    static func roots(_ sources: [Source]) -> [SourceWalker.Root] {
        sources.map { SourceWalker.Root(path: $0.path, name: Array($0.name.utf8)) }
            .sorted { $0.name.lexicographicallyPrecedes($1.name) }
    }

    static func options(exclude: [Glob], oneFileSystem: Bool) -> SourceWalker.Options {
        SourceWalker.Options(
            excludes: { path, isFolder in
                exclude.contains { $0.matches(path.span, isFolder: isFolder) }
            }, staysOnOneFileSystem: oneFileSystem)
    }
}

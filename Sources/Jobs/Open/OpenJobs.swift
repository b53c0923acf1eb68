import Archive
import Envelope
import Glibc
import OKMS
import Storage

/// Jobs that open archives and messages.
extension JobRunner {
    /// `scratch` is where a catalog may be rebuilt.
    private func openArchive(
        _ path: String, scratch: @escaping (StoredArchive) throws -> String
    ) throws -> OpenArchive {
        let stored = try StoredArchive(at: path)
        let service = try keyService(making: false)
        let archive = try callingService {
            guard job.damage.keepsGoing || job.damage.replica != nil else {
                return try OpenArchive(stored, service: service, expecting: job.key.context)
            }
            return try ArchiveSalvage(
                service: service, expecting: job.key.context, directory: { try scratch(stored) },
                flow: flow
            ).open(stored, replica: job.damage.replica)
        }
        // What the replica has not either is damage as any other.
        if !job.damage.keepsGoing, let found = archive.damage?.report, !found.isEmpty,
            !found.isHealed
        {
            let lost = found.places.first { $0.isInReplica != true }
            throw JobError.integrity(lost?.place ?? stored.path, lost?.reason ?? "is damaged")
        }
        try checkKey(archive.manifest.keys.map(\.arn), service, of: stored.path)
        return archive
    }

    /// Only an alias needs the service's word: whoever restores may be allowed to decrypt and no more.
    private static func names(
        _ name: KeyName, anyOf wrapping: [String], _ service: any KeyManagementService
    ) throws -> Bool {
        let arns = wrapping.compactMap { KeyARN($0) }
        return switch name {
        case .arn(let arn): arns.contains(arn)
        case .id(let id): arns.contains { $0.key == id }
        default: arns.contains(try service.describeKey(name).arn)
        }
    }

    /// A job that names keys opens nothing that none of them wrapped.
    private func checkKey(
        _ wrapping: [String], _ service: any KeyManagementService, of what: String
    ) throws {
        let names = job.key.names
        if names == KeyChoice().names { return }
        let isNamed = try names.contains { try Self.names(KeyName($0), anyOf: wrapping, service) }
        guard isNamed else {
            throw JobError(
                .keyRefused, "\(what) was not made under \(names.joined(separator: " or "))",
                hint: "it needs \(wrapping.joined(separator: " or "))")
        }
    }

    /// Refuses what can be no directory to restore into.
    private func checkTarget(_ directory: String, _ stored: StoredArchive) throws {
        var status = stat()
        if unsafe stat(directory, &status) == 0, status.st_mode & S_IFMT != S_IFDIR {
            throw JobError(.usage, "\(directory) is a file, not a directory")
        }
        let target = resolvedPath(directory)
        let source = resolvedPath(stored.path)
        let set = source.split(separator: "/").dropLast().reduce("") { $0 + "/" + $1 }
        let isInSet =
            ArchiveName(String(source.split(separator: "/").last ?? "")) != nil
            && (target == set || target.hasPrefix(set + "/"))
        if isInSet || target == source || target.hasPrefix(source + "/") {
            throw JobError(
                .usage, "\(directory) lies within the archive set",
                hint: "restore into a directory of its own")
        }
    }

    private func makeTarget(_ directory: String, _ archive: StoredArchive) throws {
        try checkTarget(directory, archive)
        do throws(StorageError) { try makeDirectories(directory) } catch {
            guard case .system(_, _, ENOTDIR) = error else { throw error }
            throw JobError(
                .usage, "\(directory) cannot be made: something above it is not a directory")
        }
    }

    private func summary(of archive: OpenArchive) -> RunSummary {
        var summary = RunSummary(job: job.name)
        summary.take(progress)
        summary.archive = archive.stored.path
        summary.keyCalls = 1
        summary.damage = archive.damage?.report
        return summary
    }

    /// Where there is damage, what a pattern means may be lost.
    private func addMisses(of selection: Selection, to summary: inout RunSummary) {
        if summary.damage?.isEmpty != false { summary.add(selection.misses) }
    }

    func restore(
        _ path: String, _ selection: Selection, into directory: String,
        _ overwrite: Output.OverwritePolicy
    ) throws -> RunSummary {
        let archive = try openArchive(path) { [self] stored in
            try makeTarget(directory, stored)
            return directory
        }
        try makeTarget(directory, archive.stored)
        let lock = try SetLock(directory: directory)
        defer { withExtendedLifetime(lock) {} }
        let result = try RestoreRun(
            archive, selection: selection, into: directory,
            rules: .forThisProcess(
                replacesFiles: overwrite == .replace,
                keepsDamagedFiles: job.damage.keepsDamagedFiles,
                archiveID: archive.manifest.archive),
            keepsGoing: job.damage.keepsGoing, resuming: resumes, workers: workers,
            progress: progress, flow: flow
        ).run()
        var summary = summary(of: archive)
        summary.take(result)
        addMisses(of: selection, to: &summary)
        summary.notices += archive.notices
        return summary
    }

    /// Writes the tar of an archive, or of a selection, to standard output; or nowhere, to see that
    /// and how fast it opens.
    func unpack(
        _ path: String, _ selection: Selection, to destination: UnpackRun.Destination
    ) throws -> RunSummary {
        let archive = try openArchive(path) { [environment] _ in environment.scratch }
        let types = try UnpackRun(
            archive, selection: selection, decompressing: job.stages.decompresses,
            to: destination, workers: workers, progress: progress, flow: flow
        ).run()
        var summary = summary(of: archive)
        summary.types = types
        addMisses(of: selection, to: &summary)
        return summary
    }

    /// Opens one message from a stream, in the memory of one frame. What comes out before an error was
    /// authenticated, but is only a beginning.
    func decryptMessage() throws -> RunSummary {
        let source = try streamSource()
        let service = try keyService(making: false)
        let expected = job.key.context
        // Official writers have used other IVs than ours; the tag covers them.
        var message = MessageReader(ivs: .stored) { header throws(EnvelopeError) in
            try header.verified(using: service, expecting: expected)
        }
        let zstd = job.stages.decompresses ? ZstdStream(.decompress) : nil
        let isStdout = job.output == .stdout
        let (flow, progress) = (flow, progress)
        func emit(_ bytes: Span<UInt8>) throws {
            progress.addContent(bytes.count)
            if isStdout { try StandardOutput.write(bytes, flow) }
        }
        var plaintext: [UInt8] = []
        var isChecked = false
        try source.read(flow) { bytes in
            plaintext.removeAll(keepingCapacity: true)
            progress.add(storedBytes: bytes.count)
            try message.read(bytes, appendingTo: &plaintext)
            if let header = message.header, !isChecked {
                isChecked = true
                try checkKey(
                    header.wrappedKeys.compactMap { $0.wrappedDataKey?.key.description }, service,
                    of: "the message")
            }
            let opened = plaintext
            if let zstd { try zstd.write(opened.span, emit) } else { try emit(opened.span) }
        }
        try message.finish()
        try zstd?.finish(emit)
        var summary = RunSummary(job: job.name)
        summary.take(progress)
        summary.keyCalls = 1
        return summary
    }
}

import Archive
import Locking
import OKMS
import Pipeline
import Storage

/// Takes the inventory of archive sets: reads every `manifest.json`, looks whether the files are there,
/// and asks the key service about each key once.
package final class InventoryRun: Sendable {
    private let paths: [String]
    private let service: KeyChoice.Service?
    private let comparesDigests: Bool
    private let environment: RunEnvironment
    private let progress: RunProgress
    private let cancellation = Cancellation()
    private let verifier = Monitor(ArchiveVerifier?.none)

    /// Without a `service` nobody is asked about keys.
    package init(
        _ paths: [String], service: KeyChoice.Service?, comparingDigests: Bool,
        environment: RunEnvironment, progress: RunProgress = RunProgress()
    ) {
        self.paths = paths
        self.service = service
        comparesDigests = comparingDigests
        self.environment = environment
        self.progress = progress
    }

    package func cancel(_ reason: JobError) {
        cancellation.cancel(reason)
        verifier.read { $0 }?.cancel(reason)
    }

    /// Goes on past damage, missing sets and a service that does not answer: all of it is told.
    package func run() throws(JobError) -> Inventory {
        do {
            var inventory = Inventory()
            for path in paths { try look(at: path, &inventory) }
            judge(&inventory)
            // Calls that were stopped look like a service that does not answer.
            if let reason = cancellation.reason { throw reason }
            return inventory
        } catch {
            throw JobError(explaining: error)
        }
    }

    // MARK: archives

    private func look(at path: String, _ inventory: inout Inventory) throws {
        let archives: [String]
        do { archives = try Self.archives(at: path) } catch {
            let explained = JobError(explaining: error)
            guard [.missing, .usage].contains(explained.status) else { throw explained }
            return inventory.missing.append((path, explained.message))
        }
        for archive in archives {
            if let reason = cancellation.reason { throw reason }
            inventory.archives.append(try look(atArchive: archive))
        }
    }

    /// The paths of all archives of a set, oldest first, or of the one archive at a path.
    static func archives(at path: String) throws -> [String] {
        if !StoredArchive.isArchive(path), let set = try? ArchiveSet(at: path) {
            let names = try set.archives()
            if !names.isEmpty { return names.map { set.path(of: $0) } }
        }
        return [try StoredArchive(at: path).path]
    }

    private func look(atArchive path: String) throws -> Inventory.Archive {
        let stored = try StoredArchive(at: path)
        let manifest: Manifest
        do { manifest = try OpenArchive.readManifest(of: stored) } catch {
            return Inventory.Archive(
                path: path, facts: nil, damage: [JobError(explaining: error).message],
                hasComparedDigests: false)
        }
        return Inventory.Archive(
            path: path, facts: Inventory.Facts(manifest),
            damage: try comparesDigests
                ? damageByDigests(path) : damageByLengths(manifest, in: stored),
            hasComparedDigests: comparesDigests)
    }

    private func damageByLengths(_ manifest: Manifest, in stored: StoredArchive) throws -> [String]
    {
        try (manifest.parts + [manifest.catalog]).compactMap { file in
            do {
                _ = try OpenArchive.open(file, of: stored)
                return nil
            } catch let error as JobError where error.status == .integrity {
                return error.message
            }
        }
    }

    private func damageByDigests(_ path: String) throws -> [String] {
        let verifier = ArchiveVerifier(
            at: path, withKey: false, environment: environment, progress: progress)
        self.verifier.update { $0 = verifier }
        if let reason = cancellation.reason { throw reason }
        return try verifier.run().found.places.map { "\($0.place): \($0.reason)" }
    }

    // MARK: keys

    private func judge(_ inventory: inout Inventory) {
        let arns = Set(inventory.archives.flatMap { $0.facts?.keys ?? [] })
            .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        let states = ask(about: arns, &inventory.notices)
        inventory.keys = arns.map { arn in
            Inventory.Key(
                arn: arn, state: states[arn] ?? .unknown("not asked"),
                archiveCount: inventory.archives.count { $0.facts?.keys.contains(arn) == true })
        }
        for index in inventory.archives.indices {
            let keys = inventory.archives[index].facts?.keys ?? []
            inventory.archives[index].access = Self.access(keys.map { states[$0] })
        }
    }

    private static func access(_ states: [Inventory.State?]) -> Inventory.Access {
        var isUnknown = states.isEmpty
        for state in states {
            switch state {
            case .enabled: return .open
            case .unknown, nil: isUnknown = true
            case .disabled, .pendingDeletion, .missing: continue
            }
        }
        return isUnknown ? .unknown : .refused
    }

    /// Asks DescribeKey, which tells of keys without using them.
    private func ask(
        about arns: [String], _ notices: inout [String]
    ) -> [String: Inventory.State] {
        guard let service, !arns.isEmpty else { return [:] }
        var states: [String: Inventory.State] = [:]
        do {
            let keys = try environment.keyService(
                service, making: false, cancelledBy: cancellation)
            for arn in arns {
                guard let key = KeyARN(arn) else {
                    states[arn] = .unknown("it is no ARN of a key")
                    continue
                }
                do throws(KeyServiceError) {
                    states[arn] = .init(try keys.describeKey(.arn(key)))
                } catch {
                    if error.code == .notFound {
                        states[arn] = .missing
                    } else if JobError(explaining: error).status == .unreachable {
                        throw error
                    } else {
                        states[arn] = .unknown(error.message)
                    }
                }
            }
        } catch {
            let reason = JobError(explaining: error).message
            notices.append("the key service was not asked about keys: \(reason)")
        }
        return states
    }
}

extension Inventory.State {
    fileprivate init(_ key: KeyMetadata) {
        switch key.state {
        case .enabled: self = .enabled(isDefault: key.isAccountDefault)
        case .disabled: self = .disabled
        case .pendingDeletion: self = .pendingDeletion(until: key.deletionDate)
        }
    }
}

extension Inventory.Facts {
    fileprivate init(_ manifest: Manifest) {
        archiveID = manifest.archive
        job = manifest.job
        created = manifest.created
        keys = manifest.keys.map(\.arn)
        context = manifest.context
        entries = manifest.totals.entries
        contentBytes = manifest.totals.content
        storedBytes = manifest.totals.stored
        problemCount = manifest.problemCount
    }
}

package import OKMS

/// A job is what a job file says, checked and complete: defaults filled in, variables replaced,
/// paths resolved against the job file's folder.
package struct Job: Sendable, Equatable {
    /// Lower-case letters, digits and hyphens; names the archive set's lock and metrics.
    package var name: String
    package var key: KeyChoice
    package var input: Input
    package var stages: Stages
    package var output: Output
    package var expectations: Expectations
    package var limits: Limits
    package var report: Report
    package var damage: DamagePolicy

    package init(
        name: String, key: KeyChoice = KeyChoice(), input: Input, stages: Stages = Stages(),
        output: Output, expectations: Expectations = Expectations(), limits: Limits = Limits(),
        report: Report = Report(), damage: DamagePolicy = DamagePolicy()
    ) {
        self.damage = damage
        self.name = name
        self.key = key
        self.input = input
        self.stages = stages
        self.output = output
        self.expectations = expectations
        self.limits = limits
        self.report = report
    }
}

/// Which service makes and opens data keys, under which customer master keys, in which context.
package struct KeyChoice: Sendable, Equatable {
    package enum Service: Sendable, Equatable {
        case embedded
        case endpoint(url: String, region: String)
    }

    package var service: Service
    /// Each parses as a `KeyName`; the data key is wrapped under every one of them.
    package var names: [String]
    package var context: EncryptionContext
    /// The profile of the shared credentials file that restores: it is proved to unwrap what is
    /// sealed, and opens what is opened. Nil means whoever runs the job.
    package var restoreProfile: String?

    package init(
        service: Service = .embedded, names: [String] = ["default"],
        context: EncryptionContext = .empty, restoreProfile: String? = nil
    ) {
        self.service = service
        self.names = names
        self.context = context
        self.restoreProfile = restoreProfile
    }
}

/// A file or folder to read, and the name it gets at the top of the archive.
package struct Source: Sendable, Equatable {
    package var path: String
    package var name: String

    package init(path: String, name: String) {
        self.path = path
        self.name = name
    }
}

/// Where a job's bytes come from.
package enum Input: Sendable, Equatable {
    case paths([Source], exclude: [Glob] = [], oneFileSystem: Bool = false)
    case stdin(name: String)
    /// The standard output of a program, started without a shell.
    case command(arguments: [String], name: String)
    /// An archive set (its newest archive) or one archive; an empty selection means everything.
    /// `sample` is how much of it is verified.
    case archive(path: String, select: [Glob] = [], sample: Percentage = .all)
}

/// Where a job's bytes go.
package enum Output: Sendable, Equatable {
    /// What happens to a file that is already there.
    package enum OverwritePolicy: String, Sendable, CaseIterable {
        case refuse
        case replace
    }

    /// A new archive in this archive set.
    case archive(path: String)
    case directory(path: String, overwrite: OverwritePolicy = .refuse)
    case stdout
    case discard
}

/// What becomes of a damaged archive.
package struct DamagePolicy: Sendable, Equatable {
    /// A copy of the archive, or of its set, that stands in for what is damaged.
    package var replica: String?
    /// Whether a restore brings back what is whole, rather than to end at the first damage.
    package var keepsGoing: Bool
    /// Whether a file with a hole gets its name all the same; only where the restore keeps going.
    package var keepsDamagedFiles: Bool

    package init(
        replica: String? = nil, keepsGoing: Bool = false, keepsDamagedFiles: Bool = false
    ) {
        self.replica = replica
        self.keepsGoing = keepsGoing
        self.keepsDamagedFiles = keepsDamagedFiles
    }
}

/// What a job may use up.
package struct Limits: Sendable, Equatable {
    /// Nil means all cores.
    package var workers: Int?

    package init(workers: Int? = nil) { self.workers = workers }

    /// Chunks in flight may take this much at most: chunk size × workers.
    package static let chunkMemoryByteCount = 4 << 30
}

/// What a run tells besides its exit status, and where.
package struct Report: Sendable, Equatable {
    /// A file for the textfile collector of Prometheus' node_exporter.
    package var metrics: String?
    /// A JSON file that says what a verification has opened and found.
    package var evidence: String?

    package init(metrics: String? = nil, evidence: String? = nil) {
        self.metrics = metrics
        self.evidence = evidence
    }
}

import Archive

/// Holds what a run has packed against what its job expects, before the archive becomes one.
struct RunGuard {
    private let expectations: Expectations
    private let last: LastRun?
    private let isKept: Bool

    init(_ job: Job, after last: LastRun?) {
        expectations = job.expectations
        self.last = last
        isKept = if case .archive = job.output { true } else { false }
    }

    /// Looks the last run up, where that matters.
    init(_ job: Job) {
        let matters = job.expectations.maxShrink != nil
        self.init(
            job, after: matters ? LastRun(of: job.name, inSetAt: job.expectations.set) : nil)
    }

    /// Runs a pipeline to its end. Throws `guardTripped` where it has packed less than is expected,
    /// also where that is nothing at all.
    func watch(_ progress: RunProgress, _ run: () throws -> SealRun.Result) throws -> SealRun.Result
    {
        progress.required.require(expectations.requiredPaths)
        do {
            let result = try run()
            try check(result.entries, progress.contentBytes, progress.required.missing)
            return result
        } catch let error as JobError where error.status == .missing {
            try check(0, 0, expectations.requiredPaths)
            throw error
        }
    }

    func check(_ entries: Int, _ contentBytes: Int, _ missing: [Glob]) throws(JobError) {
        var found: [String] = []
        if let least = expectations.minEntries, entries < least {
            found.append("min_entries: \(entries) entries, and at least \(least) are expected")
        }
        if let least = expectations.minBytes, contentBytes < least {
            found.append(
                "min_bytes: \(contentBytes) bytes of content, and at least \(least) are expected")
        }
        if let share = expectations.maxShrink, let last {
            let kept = 1 - share.fraction
            for (what, now, before) in [
                ("entries", entries, last.totals.entries),
                ("bytes of content", contentBytes, last.totals.content),
            ] where Double(now) < Double(before) * kept {
                found.append(
                    "max_shrink: \(now) \(what) after \(before) in \(last.archive), and at most "
                        + "\(share) fewer are expected")
            }
        }
        if !missing.isEmpty {
            let names = missing.map { "'\($0.text)'" }.joined(separator: ", ")
            found.append("required_paths: nothing matches \(names)")
        }
        guard !found.isEmpty else { return }
        let outcome =
            isKept
            ? "no archive was made, and the newest one is the one before"
            : "nothing was stored, as this is a dry run"
        throw JobError(
            .guardTripped, found.map { "expect.\($0)" }.joined(separator: "; "),
            hint: "\(outcome); check that the sources are mounted and complete, or correct 'expect'"
        )
    }
}

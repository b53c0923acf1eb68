import Foundation
import TestSupport
import Testing

/// Each call that reads or changes something, failing once: nothing wrong is kept, nothing is lost, and what
/// ends well did its work.
///
/// Here a part of the calls, at equal distances; `make torture` takes every one. The errors take
/// turns.
@Suite struct FaultMatrixTests {
    private let place: Workplace
    private let key: String
    /// EIO, ESTALE, EMFILE; of writes also ENOSPC, EDQUOT.
    private static let errors = [
        "reads": ["5", "116", "24"], "writes": ["5", "116", "24", "28", "122"],
    ]

    init() throws {
        place = try Workplace()
        try place.makeTree()
        #expect(try place.sealpipe("run", "job.yaml").status == 0)
        let created = try place.sealpipe("keys", "create", "--json")
        key = try #require(try created.object()["id"] as? String, "\(created)")
        try place.shell("cp -a set set0; cp -a okms okms0")
    }

    enum Work: String, CaseIterable {
        case seal = "run job.yaml"
        case restore = "restore set back"
        case verify = "verify set"
        case rewrap = "rewrap --key KEY set"
    }

    private func renew() throws {
        try place.shell("rm -rf set okms back check; cp -a set0 set; cp -a okms0 okms")
    }

    private func digests(_ set: String) throws -> String {
        try place.shell(
            "cd \(set); find . -type f -path './2*' | sort | xargs sha256sum; ls | sort"
        ).out
    }

    /// Whether the newest archive opens to a part of the tree, or to all of it. `filled`: whether what could
    /// not be read is zeroes in it, as the run said.
    private func expectOpens(all: Bool, filled: Bool = false, _ comment: Comment) throws {
        let verified = try place.sealpipe("verify", "set")
        #expect(verified.status == 0, "\(comment): \(verified)")
        let restored = try place.sealpipe("restore", "set", "check")
        #expect(restored.status == 0, "\(comment): \(restored)")
        if !filled { #expect(try place.isPartOfTree("check").status == 0, comment) }
        if all { #expect(try place.isTree("check"), comment) }
        try place.shell("rm -rf check")
    }

    @Test(arguments: Work.allCases, ["reads", "writes"])
    func `a call that fails once is survived, or told of`(work: Work, calls: String) throws {
        let arguments = work.rawValue.replacingOccurrences(of: "KEY", with: key)
        try renew()
        let undisturbed = try place.sealpipe(
            arguments, meeting: "kill", on: calls, from: 0, to: 0)
        #expect(undisturbed.status == 0, "\(undisturbed)")
        let count = try #require(
            Int(place.text(".io/count").trimmingCharacters(in: .whitespacesAndNewlines)))
        let before = try digests("set0")
        let errors = try #require(Self.errors[calls])
        for point in Torture.part(
            "faults of \(work), \(calls)", of: Array(1...max(count, 1)), short: 6)
        {
            try renew()
            let error = errors[point % errors.count]
            let ending = try place.sealpipe(
                arguments, meeting: error, on: calls, from: point, to: point)
            let comment: Comment = "\(work), \(calls) \(point), error \(error): \(ending)"
            // Done, done in part, source or archive missing, key or storage out of reach, no room.
            let statuses: [Int32] = [0, 1, 3, 10, 12, 13, 16]
            // A verification goes on, and lists what it could not read, with the system's reason.
            let isListed =
                work == .verify && ending.status == 14
                && ending.err.contains(/: (open|read): |cannot be read/)
            #expect(statuses.contains(ending.status) || isListed, comment)
            #expect(ending.status == 0 || ending.err.contains("sealpipe: "), comment)
            let isDone = ending.status == 0
            switch work {
            case .seal:
                #expect(try place.shell("diff -r set0/2* set/$(ls set0 | head -1)").status == 0)
                let made = place.names("set").count { !$0.hasPrefix(".") } == 2
                // It may have its name, and only that this is durable was refused, or to print it.
                let isTold =
                    ending.err.contains("may be gone after a loss of power")
                    || ending.err.contains("error: standard output: ")
                #expect(made == ([0, 3].contains(ending.status) || isTold), comment)
                let isFilled = ending.status == 3 && ending.err.contains(": unreadable: ")
                if made { try expectOpens(all: isDone || isTold, filled: isFilled, comment) }
                let next = try place.sealpipe("run", "job.yaml")
                #expect(next.status == 0, "\(comment), next: \(next)")
                try expectOpens(all: true, comment)
            case .restore:
                #expect(try digests("set") == before, comment)
                #expect(try place.isPartOfTree("back").status == 0, comment)
                if isDone { #expect(try place.isTree("back"), comment) }
                let next = try place.sealpipe("restore", "set", "back", "--overwrite", "replace")
                #expect(next.status == 0, "\(comment), next: \(next)")
                #expect(try place.isTree("back"), comment)
            case .verify:
                #expect(try digests("set") == before, comment)
                #expect(try place.sealpipe("verify", "set").status == 0, comment)
            case .rewrap:
                if !isDone { try expectOpens(all: true, comment) }
                let next = try place.sealpipe("rewrap", "--key", key, "set")
                #expect(next.status == 0, "\(comment), next: \(next)")
                try expectOpens(all: true, comment)
            }
        }
    }

    // MARK: calls that do less, later, or not yet

    /// Of 1 and of 7 bytes, interrupted every second time, and each a little late.
    @Test(arguments: ["short=1", "short=7", "4/2", "slow=1"])
    func `short, interrupted and slow calls change nothing`(action: String) throws {
        try place.shell(
            "rm -rf data set; mkdir data; head -c 20000 /dev/urandom >data/noise; ln data/noise data/l"
        )
        let calls = "write,pwrite,pwrite64,read,pread,pread64,copy_file_range"
        func run(_ arguments: String) throws {
            for calls in action == "slow=1" ? ["reads", "writes"] : [calls] {
                try place.shell("rm -rf back")
                let ending = try place.sealpipe(arguments, meeting: action, on: calls)
                #expect(ending.status == 0, "\(arguments), \(action), \(calls): \(ending)")
            }
        }
        try run("run job.yaml")
        try run("verify set")
        try run("restore set back")
        #expect(try place.isTree("back"))
        try run("rewrap --key \(key) set")
        #expect(try place.sealpipe("restore", "set", "check").status == 0)
        #expect(try place.isTree("check"))
    }

    /// With room for ever more open files, until all of it can be done. With less than six the runtime of the
    /// language cannot begin.
    @Test func `few descriptors end a run with 16, or are enough`() throws {
        for limit in Torture.part("descriptors", of: Array(6...40), short: 8) {
            for work in Work.allCases {
                try renew()
                let arguments = work.rawValue.replacingOccurrences(of: "KEY", with: key)
                let ending = try place.shell("ulimit -n \(limit); sealpipe \(arguments)")
                // 127: not even its libraries can be opened.
                #expect(
                    [0, 3, 12, 13, 16, 127].contains(ending.status), "\(limit), \(work): \(ending)")
                let before = "set/$(ls set0 | head -1)"
                if work != .rewrap {
                    #expect(try place.shell("diff -r set0/2* \(before)").status == 0)
                }
                if work == .seal, ending.status == 0 {
                    try expectOpens(all: true, "\(limit): \(ending)")
                }
            }
        }
    }
}

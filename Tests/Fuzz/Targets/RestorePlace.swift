import Archive
import Foundation

/// A directory to restore into, within another one that holds a file and nothing else.
final class RestorePlace {
    private let outer: String
    private var inner: String { "\(outer)/in" }
    private var canary: String { "\(outer)/canary" }

    init() throws {
        // Of its own: tests try inputs side by side.
        outer = "\(NSTemporaryDirectory())/sealpipe-fuzz-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: inner, withIntermediateDirectories: true)
        try Data("canary".utf8).write(to: URL(fileURLWithPath: canary))
    }

    func remove() { try? FileManager.default.removeItem(atPath: outer) }

    var isUntouched: Bool {
        let names = try? FileManager.default.contentsOfDirectory(atPath: outer)
        return names.map(Set.init) == ["in", "canary"]
            && FileManager.default.contents(atPath: canary) == Data("canary".utf8)
    }

    /// Restores entry by entry what can be restored; what is refused is left out. Devices are: they
    /// would be real.
    func restore(_ entries: [(Entry, dataStart: Int)], of tar: [UInt8]) {
        guard let root = try? FileDescriptor.open(inner, O_RDONLY | O_DIRECTORY) else { return }
        let rules = RestoreRules(
            replacesFiles: false, restoresOwners: false, archiveID: "fuzzed")
        let restorer = TreeRestorer(root: root, path: inner, rules: rules)
        let naming = FileNaming(root: root, path: inner, rules: rules, journal: nil)
        for (number, (entry, start)) in entries.enumerated() {
            switch entry.kind {
            case .directory: try? restorer.makeDirectory(entry)
            case .file: try? write(entry, tar, from: start, number, restorer, rules, naming)
            default: break
            }
        }
        try? naming.nameAll()
        for (number, (entry, _)) in entries.enumerated() {
            switch entry.kind {
            case .characterDevice, .blockDevice: break
            default: _ = try? restorer.makeSpecial(entry, number: number)
            }
        }
        for (entry, _) in entries.reversed() where entry.kind == .directory {
            _ = try? restorer.finishDirectory(entry)
        }
    }

    private func write(
        _ entry: Entry, _ tar: [UInt8], from start: Int, _ number: Int, _ restorer: TreeRestorer,
        _ rules: RestoreRules, _ naming: FileNaming
    ) throws {
        let (parent, _) = try restorer.makeParent(of: entry)
        let file = try RestoredFile(entry, number: number, in: parent, rules: rules) {
            naming.add($0)
        }
        if entry.storedByteCount == 0 {
            _ = try file.finishEmpty()
        } else if start + entry.storedByteCount <= tar.count {
            let data = start..<start + entry.storedByteCount
            _ = try file.take(tar.span.extracting(data), at: 0)
        }
    }
}

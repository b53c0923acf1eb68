import Foundation
import Glibc
import Testing

@testable import Storage

@Suite struct ReplacementArchiveTests {
    private let name = ArchiveName(seconds: 1_767_323_045, milliseconds: 678)

    /// Lends a set with one archive and the place of it.
    private func withPlace(
        _ body: (_ directory: String, _ place: ArchivePlace, _ stored: StoredArchive) throws -> Void
    ) throws {
        try withTemporaryDirectory { directory in
            _ = try makeSet(at: directory, [name])
            let path = "\(directory)/\(name)"
            try body(directory, ArchivePlace(of: path), StoredArchive(at: path))
        }
    }

    private func makeReplacement(_ place: ArchivePlace, _ text: String = "new") throws
        -> ReplacementArchive
    {
        let replacement = try place.beginReplacement()
        let file = try replacement.create(StoredArchive.manifestName)
        try file.write(Array(text.utf8).span, at: 0)
        try file.publish()
        try replacement.complete()
        return replacement
    }

    private func manifest(_ path: String) throws -> String {
        try String(contentsOfFile: "\(path)/manifest.json", encoding: .utf8)
    }

    @Test func `the new archive takes the place of the old one in one step`() throws {
        try withPlace { directory, place, stored in
            let replacement = try makeReplacement(place)
            #expect(try manifest(place.path) == "\(name)")
            #expect(try ArchiveSet(at: directory).archives() == [name])
            let remains = try replacement.takePlace(of: stored)
            #expect(try manifest(place.path) == "new")
            #expect(try manifest(remains.path) == "\(name)")
            try remains.remove()
            #expect(try names(in: directory) == ["\(name)"])
            replacement.discard()
            #expect(try manifest(place.path) == "new")
        }
    }

    @Test func `what does not take a place disappears with its last reference`() throws {
        try withPlace { directory, place, stored in
            do {
                let replacement = try makeReplacement(place)
                #expect(try names(in: directory).count == 2)
                withExtendedLifetime(replacement) {}
            }
            #expect(try names(in: directory) == ["\(name)"])
            #expect(try manifest(place.path) == "\(name)")
        }
    }

    @Test func `an archive that somebody reads is not replaced`() throws {
        try withPlace { directory, place, stored in
            let reader = try StoredArchive(at: place.path)
            let locked = StorageError.locked(path: place.path, holder: "a run that reads it")
            #expect(throws: locked) { try stored.checkIsIdle() }
            let replacement = try makeReplacement(place)
            #expect(throws: locked) { try replacement.takePlace(of: stored) }
            #expect(try manifest(place.path) == "\(name)")
            withExtendedLifetime(reader) {}
        }
    }

    @Test func `a reader that ends makes way`() throws {
        try withPlace { _, place, stored in
            do {
                let reader = try StoredArchive(at: place.path)
                withExtendedLifetime(reader) {}
            }
            try stored.checkIsIdle()
            let replacement = try makeReplacement(place)
            try replacement.takePlace(of: stored).remove()
            #expect(try manifest(place.path) == "new")
        }
    }

    @Test func `whoever comes late reads the new archive`() throws {
        try withPlace { _, place, stored in
            let replacement = try makeReplacement(place)
            let remains = try replacement.takePlace(of: stored)
            let late = try StoredArchive(at: place.path)
            #expect(late.hold != nil)
            #expect(try late.open("manifest.json").byteCount == 3)
            try remains.remove()
        }
    }

    @Test func `where names cannot be exchanged two steps do it`() throws {
        try withPlace { directory, place, stored in
            let replacement = try makeReplacement(place)
            let remains = try replacement.exchangeInTwoSteps()
            #expect(try manifest(place.path) == "new")
            #expect(try manifest(remains) == "\(name)")
            #expect(try ArchiveSet(at: directory).recoverReplaced() == 1)
            #expect(try names(in: directory) == ["\(name)"])
            #expect(try manifest(place.path) == "new")
        }
    }

    @Test func `the new archive is for those who could read the old one`() throws {
        try withPlace { _, place, stored in
            unsafe chmod(place.path, 0o750)
            let replacement = try makeReplacement(place)
            let modes = try FileManager.default.attributesOfItem(atPath: replacement.path)
            #expect(modes[.posixPermissions] as? Int == 0o750)
        }
    }
}

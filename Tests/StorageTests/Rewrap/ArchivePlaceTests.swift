import Foundation
import Testing

@testable import Storage

@Suite struct ArchivePlaceTests {
    private let name = ArchiveName(seconds: 1_767_323_045, milliseconds: 678)

    private func move(_ from: String, _ to: String) throws {
        try FileManager.default.moveItem(atPath: from, toPath: to)
    }

    @Test func `a place is where the archive really is`() throws {
        try withTemporaryDirectory { directory in
            _ = try makeSet(at: "\(directory)/set", [name])
            let link = "\(directory)/link"
            try FileManager.default.createSymbolicLink(
                atPath: link, withDestinationPath: "set/\(name)")
            let place = try ArchivePlace(of: "\(directory)/set/\(name)/")
            #expect(place.name == "\(name)" && place.path.hasSuffix("/set/\(name)"))
            #expect(try ArchivePlace(of: link) == place)
        }
    }

    @Test func `the place of an archive that has no name for the moment is known`() throws {
        try withTemporaryDirectory { directory in
            let place = try ArchivePlace(of: "\(directory)/gone/")
            #expect(place.name == "gone")
            #expect(throws: StorageError.self) { try ArchivePlace(of: "\(directory)/no/gone") }
            #expect(throws: StorageError.self) { try ArchivePlace(of: "/") }
        }
    }

    @Test func `an archive in a set takes the set's lock, and a copy beside it its directory's`()
        throws
    {
        try withTemporaryDirectory { directory in
            let set = try makeSet(at: directory, [name])
            let lock = try set.lock()
            #expect(throws: StorageError.self) {
                try ArchivePlace(of: "\(directory)/\(name)").lock()
            }
            #expect(throws: StorageError.self) {
                try ArchivePlace(of: "\(directory)/copy").lock()
            }
            withExtendedLifetime(lock) {}
        }
        try withTemporaryDirectory { directory in
            let copy = try ArchivePlace(of: "\(directory)/copy").lock()
            #expect(throws: StorageError.self) {
                try ArchivePlace(of: "\(directory)/other").lock()
            }
            withExtendedLifetime(copy) {}
        }
    }

    @Test func `there is room where there is room`() throws {
        try withTemporaryDirectory { directory in
            let count = try ArchivePlace(of: "\(directory)/copy").availableByteCount()
            #expect(count > 0)
        }
    }

    @Test func `an unfinished replacement is removed and the archive left alone`() throws {
        try withTemporaryDirectory { directory in
            let set = try makeSet(at: directory, [name])
            try makeDirectory("\(directory)/.\(name).rewrap")
            try write("half", to: "\(directory)/.\(name).rewrap/part.tmp")
            #expect(try set.archives() == [name])
            #expect(try set.recoverReplaced() == 1)
            #expect(try set.recoverReplaced() == 0)
            #expect(try names(in: directory) == ["\(name)"])
        }
    }

    /// A kill between the two steps, where names cannot be exchanged.
    @Test func `an archive that lost its name gets it back`() throws {
        try withTemporaryDirectory { directory in
            let set = try makeSet(at: directory, [name])
            try move("\(directory)/\(name)", "\(directory)/.\(name).replaced")
            try makeDirectory("\(directory)/.\(name).rewrap")
            try write("whole", to: "\(directory)/.\(name).rewrap/manifest.json")
            _ = try ArchiveSet(at: directory)
            #expect(throws: StorageError.self) { try StoredArchive(at: directory) }
            #expect(try set.recoverReplaced() == 1)
            #expect(try names(in: directory) == ["\(name)"])
            let text = try String(
                contentsOfFile: "\(directory)/\(name)/manifest.json", encoding: .utf8)
            #expect(text == "\(name)")
        }
    }

    @Test func `an older archive does not pass for one that lost its name`() throws {
        try withTemporaryDirectory { directory in
            let newer = ArchiveName(seconds: 1_767_323_046, milliseconds: 0)
            _ = try makeSet(at: directory, [name, newer])
            try move("\(directory)/\(newer)", "\(directory)/.\(newer).replaced")
            #expect(throws: StorageError.self) { try StoredArchive(at: directory) }
        }
    }

    @Test func `a link in the place of what is to be removed is not followed`() throws {
        try withTemporaryDirectory { directory in
            let set = try makeSet(at: "\(directory)/set", [name])
            try makeDirectory("\(directory)/precious")
            try write("x", to: "\(directory)/precious/x")
            try FileManager.default.createSymbolicLink(
                atPath: "\(directory)/set/.\(name).rewrap", withDestinationPath: "../precious")
            #expect(throws: StorageError.self) { try set.recoverReplaced() }
            #expect(try names(in: "\(directory)/precious") == ["x"])
        }
    }

    @Test(arguments: [".x.rewrap", "20260102T030405.678Z.rewrap", ".rewrap", ".lock", ""])
    func `other names are nobody's remains`(text: String) {
        #expect(ArchivePlace.archive(text) == nil)
    }
}

import Glibc
import Testing

@testable import Archive

@Suite struct DirectoryListingTests {
    @Test func `names are listed in byte order, whatever they are`() throws {
        try withTemporaryDirectory { path in
            let all = Sample.names + [bytes(".hidden"), bytes("..two"), bytes("...")]
            for name in all { try write([], to: bytes("\(path)/") + name) }
            let expected = Set(all).sorted { $0.lexicographicallyPrecedes($1) }
            #expect(try names(in: path) == expected)
        }
    }

    @Test func `an empty directory has no names`() throws {
        try withTemporaryDirectory { (path) throws in
            #expect(try names(in: path) == [])
        }
    }

    @Test func `a directory can be listed more than once`() throws {
        try withTemporaryDirectory { path in
            try write("x", to: "\(path)/f")
            let directory = try FileDescriptor.open(path, O_RDONLY | O_DIRECTORY)
            for _ in 0..<3 {
                let listing = try #require(DirectoryListing(of: directory))
                #expect((0..<listing.count).map { listing.name(at: $0) } == [bytes("f")])
            }
        }
    }

    @Test func `many names are listed`() throws {
        try withTemporaryDirectory { path in
            for number in 0..<3000 {
                try write([], to: bytes("\(path)/file-number-\(number)"))
            }
            let listed = try names(in: path)
            #expect(listed.count == 3000)
            #expect(zip(listed, listed.dropFirst()).allSatisfy { $0.lexicographicallyPrecedes($1) })
        }
    }

    @Test func `what is no directory is not listed`() throws {
        let file = try FileDescriptor.open("/dev/null", O_RDONLY)
        #expect(DirectoryListing(of: file)?.count == nil)
        #expect(errno == ENOTDIR)
    }
}

import Foundation
import Testing

/// Who may not open, and what they are told.
@Suite struct KeyTests {
    private func place() throws -> Workplace {
        let place = try Workplace()
        try place.write("data/secret.txt", "secret\n")
        let sealed = try place.sealpipe("seal", "--context", "dataset=orders", "data", "set")
        #expect(sealed.status == 0, "\(sealed)")
        return place
    }

    @Test func `another context than the archive's is refused`() throws {
        let place = try place()
        let ending = try place.sealpipe("restore", "--context", "dataset=bills", "set", "back")
        #expect(ending.status == 12, "\(ending)")
        #expect(ending.err.contains("dataset"))
        #expect(try place.shell("find back -type f").lines.isEmpty)
    }

    @Test func `a message in another context is refused and gives nothing`() throws {
        let place = try place()
        let ending = try place.shell(
            "sealpipe encrypt --context a=b <data/secret.txt >m; sealpipe decrypt --context a=c <m")
        #expect(ending.status == 12, "\(ending)")
        #expect(ending.out.isEmpty)
    }

    @Test func `a disabled key neither seals nor opens, until it is enabled`() throws {
        let place = try place()
        #expect(try place.sealpipe("keys", "disable", "default").status == 0)
        let restore = try place.sealpipe("restore", "set", "back")
        #expect(restore.status == 12, "\(restore)")
        #expect(restore.err.contains("sealpipe: hint: "), "\(restore.err)")
        #expect(try place.sealpipe("seal", "data", "other").status == 12)
        #expect(!place.exists("other"))
        #expect(try place.sealpipe("verify", "set").status == 12)
        #expect(try place.sealpipe("verify", "--without-key", "set").status == 0)
        #expect(try place.sealpipe("keys", "enable", "default").status == 0)
        #expect(try place.sealpipe("restore", "set", "back").status == 0)
    }

    @Test func `another store does not open the archive`() throws {
        let place = try place()
        #expect(try place.sealpipe("keys", "create", store: "other").status == 0)
        let ending = try place.sealpipe("restore", "set", "back", store: "other")
        #expect(ending.status == 12, "\(ending)")
        #expect(try place.shell("find back -type f").lines.isEmpty)
    }

    @Test func `a store that lost its database is not made anew`() throws {
        let place = try place()
        try place.shell("rm okms/okms.sqlite*")
        for arguments in [["seal", "-q", "data", "set"], ["keys", "create"]] {
            let ending = try place.start(arguments).ended()
            #expect(
                ending.status == 12 && ending.err.contains("has lost its database"), "\(ending)")
        }
    }

    @Test func `opening does not make a store where there is none`() throws {
        let place = try place()
        #expect(try place.sealpipe("list", "set", store: "none").status == 12)
        #expect(try place.sealpipe("keys", "list", store: "none").status == 12)
        #expect(try place.sealpipe("keys", "disable", "default", store: "none").status == 12)
        #expect(!place.exists("none"))
    }

    @Test func `a key that is not there is refused`() throws {
        let place = try place()
        let id = "00000000-0000-4000-8000-000000000000"
        #expect(try place.sealpipe("seal", "--key", id, "data", "set").status == 12)
        #expect(try place.sealpipe("keys", "describe", id).status == 12)
        #expect(place.archives("set").count == 1)
    }

    @Test func `a root key that others can read is refused`() throws {
        let place = try place()
        try place.shell("chmod 644 okms/root.key")
        #expect(try place.sealpipe("verify", "set").status == 12)
    }

    @Test func `each of several keys opens`() throws {
        let place = try place()
        let created = try place.sealpipe("keys", "create", "--json", "--description", "second")
        let id = try #require(try created.object()["id"] as? String)
        let sealed = try place.sealpipe("seal", "--key", "default", "--key", id, "data", "two")
        #expect(sealed.status == 0, "\(sealed)")
        #expect(try place.sealpipe("keys", "disable", "default").status == 0)
        let second = try place.sealpipe("restore", "two", "back")
        #expect(second.status == 0, "\(second)")
        #expect(try place.sealpipe("keys", "disable", id).status == 0)
        #expect(try place.sealpipe("restore", "two", "again").status == 12)
    }

    @Test func `no secret stands in archive or store`() throws {
        let place = try place()
        #expect(try place.shell("grep -rl secret set okms").lines.isEmpty)
        let modes = try place.shell("find okms set -perm /077 -printf '%p %m\\n'")
        #expect(modes.lines.isEmpty, "\(modes)")
    }
}

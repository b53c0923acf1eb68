import Foundation
import Testing

/// The key API from a shell.
@Suite struct KeysCommandTests {
    private let place: Workplace

    init() throws { place = try Workplace() }

    /// Makes a key; returns its id.
    private func newKey(_ arguments: String...) throws -> String {
        let ending = try place.start(["keys", "create", "--json"] + arguments).end()
        #expect(ending.status == 0, "\(ending)")
        return try #require(try ending.object()["id"] as? String)
    }

    private func keys(_ arguments: String...) throws -> Ending {
        try place.start(["keys"] + arguments).end()
    }

    private func state(_ key: String) throws -> String? {
        try keys("describe", key, "--json").object()["state"] as? String
    }

    @Test func `a key is made, described, disabled and enabled`() throws {
        let key = try newKey("--description", "of orders")
        let described = try keys("describe", key)
        #expect(described.status == 0, "\(described)")
        #expect(described.out.hasSuffix("key/\(key)  Enabled  of orders\n"), "\(described)")
        #expect(try keys("disable", key).out.contains("  Disabled  "))
        #expect(try state(key) == "Disabled")
        #expect(try keys("enable", key).status == 0)
        #expect(try state(key) == "Enabled")
        #expect(try keys("list").lines.count == 2)
    }

    @Test func `a description is changed`() throws {
        let key = try newKey("--description", "one")
        let ending = try keys("update-description", key, "two\u{1b}[31m", "--json")
        #expect(ending.status == 0, "\(ending)")
        #expect(try ending.object()["description"] as? String == "two\u{1b}[31m")
        #expect(try !keys("list").out.contains("\u{1b}"))
    }

    @Test func `a deletion is scheduled and cancelled`() throws {
        let key = try newKey()
        let ending = try keys("schedule-deletion", key, "--days", "7", "--json")
        #expect(ending.status == 0, "\(ending)")
        let object = try ending.object()
        #expect(object["state"] as? String == "PendingDeletion")
        #expect(object["deletion_date"] as? String != nil)
        #expect(try keys("describe", key).out.contains("PendingDeletion until "))
        let again = try keys("schedule-deletion", key)
        #expect(again.status == 12, "\(again)")
        #expect(try keys("cancel-deletion", key).status == 0)
        #expect(try state(key) == "Disabled")
        #expect(try keys("schedule-deletion", "default").status == 1)
    }

    @Test func `a key is tagged and untagged`() throws {
        let key = try newKey("--tag", "team=storage", "--tag", "note=a=b")
        #expect(try keys("tags", key).lines == ["note=a=b", "team=storage"])
        let tagged = try keys("tag", key, "team=backup", "empty=")
        #expect(tagged.lines == ["empty=", "note=a=b", "team=backup"], "\(tagged)")
        let untagged = try keys("untag", key, "note", "empty", "nothing", "--json")
        #expect(untagged.status == 0, "\(untagged)")
        let tags = try #require(try untagged.object()["tags"] as? [[String: String]])
        #expect(tags == [["key": "team", "value": "backup"]])
    }

    @Test func `an alias stands for one key, then for another, then for none`() throws {
        let (one, other) = (try newKey(), try newKey())
        let created = try keys("create-alias", "alias/backup", one)
        #expect(created.status == 0, "\(created)")
        #expect(try keys("describe", "alias/backup").out.contains(one))
        #expect(try keys("create-alias", "backup", other).status == 2)
        #expect(try keys("update-alias", "backup", other).status == 0)
        #expect(try keys("describe", "alias/backup").out.contains(other))
        #expect(try keys("aliases", one).lines.allSatisfy { !$0.contains("alias/backup") })
        #expect(try keys("aliases", other).out.hasPrefix("alias/backup  arn:ows:kms:"))
        #expect(try keys("delete-alias", "alias/backup", "--json").status == 0)
        #expect(try keys("describe", "alias/backup").status == 12)
    }

    @Test func `a key rotates on demand and by itself`() throws {
        let key = try newKey()
        try place.write("text", "short")
        try place.shell("sealpipe keys encrypt --key \(key) <text >blob")
        let rotated = try keys("rotate", key)
        #expect(rotated.status == 0, "\(rotated)")
        #expect(try place.shell("sealpipe keys decrypt <blob").out == "short")
        let rotations = try keys("rotations", key)
        #expect(rotations.lines.count >= 1 && rotations.out.contains("ON_DEMAND"), "\(rotations)")
        #expect(try keys("rotation-status", key).out.contains("does not rotate by itself"))
        let enabled = try keys("enable-rotation", key, "--days", "90", "--json")
        #expect(enabled.status == 0, "\(enabled)")
        #expect(try enabled.object()["period_days"] as? Int == 90)
        #expect(try keys("disable-rotation", key, "--json").object()["enabled"] as? Bool == false)
    }

    @Test func `a short secret is encrypted and decrypted in its context`() throws {
        let ending = try place.shell(
            """
            printf 'a secret\\0' >text
            sealpipe keys encrypt --context a=b --context c=d <text >blob &&
            sealpipe keys decrypt --context c=d --context a=b <blob | cmp - text &&
            sealpipe keys decrypt --context c=d --context a=b --output back --json <blob &&
            cmp back text && stat -c %a back
            """)
        #expect(ending.status == 0 && ending.lines.last == "600", "\(ending)")
        #expect(!ending.out.contains("secret"))
        let refused = try place.shell("sealpipe keys decrypt --context a=b <blob")
        #expect(refused.status == 12 && refused.out.isEmpty, "\(refused)")
    }

    @Test func `a blob is opened only by the key that is named, if one is`() throws {
        let key = try newKey()
        let ending = try place.shell(
            "sealpipe keys encrypt --key \(key) --output blob --json <<<x && "
                + "sealpipe keys decrypt --key \(key) <blob")
        #expect(ending.status == 0 && ending.out.hasSuffix("x\n"), "\(ending)")
        #expect(try place.shell("sealpipe keys decrypt --key default <blob").status == 12)
    }

    @Test func `a blob moves to another key and context`() throws {
        let key = try newKey()
        let ending = try place.shell(
            """
            printf x | sealpipe keys encrypt --context a=b >old &&
            sealpipe keys re-encrypt --key \(key) --source-context a=b --context c=d <old >new &&
            sealpipe keys disable default >&2 && sealpipe keys decrypt --context c=d <new
            """)
        #expect(ending.status == 0 && ending.out == "x", "\(ending)")
    }

    @Test func `a data key is written wrapped, and in plaintext only where that is asked for`()
        throws
    {
        let ending = try place.shell(
            """
            sealpipe keys generate-data-key --without-plaintext --bytes 64 >wrapped &&
            sealpipe keys decrypt <wrapped | wc -c &&
            sealpipe keys generate-data-key --plaintext-output key --context a=b >wrapped &&
            sealpipe keys decrypt --context a=b <wrapped | cmp - key && stat -c '%a %s' key
            """)
        #expect(ending.status == 0 && ending.lines == ["64", "600 32"], "\(ending)")
        let again = try place.shell("sealpipe keys generate-data-key --plaintext-output key")
        #expect(again.status == 2 && again.out.isEmpty, "\(again)")
    }

    @Test func `random bytes are as many as were asked for`() throws {
        let ending = try place.shell(
            "sealpipe keys generate-random --bytes 1024 | wc -c; "
                + "sealpipe keys generate-random --bytes 8 --output r --json; stat -c '%a %s' r")
        #expect(ending.lines.first == "1024" && ending.lines.last == "600 8", "\(ending)")
    }

    @Test func `a dry run encrypts nothing`() throws {
        let key = try newKey()
        let ending = try place.shell("sealpipe keys encrypt --dry-run --key \(key) <<<x")
        #expect(ending.status == 0 && ending.out.isEmpty, "\(ending)")
        _ = try keys("disable", key)
        #expect(try place.shell("sealpipe keys encrypt --dry-run --key \(key) <<<x").status == 12)
    }

    @Test func `too much or nothing at all is refused before the service is asked`() throws {
        #expect(try place.shell("head -c 4097 /dev/zero | sealpipe keys encrypt").status == 2)
        #expect(try place.shell("sealpipe keys encrypt </dev/null").status == 2)
        #expect(try place.shell("sealpipe keys decrypt </dev/null").status == 2)
        #expect(try place.shell("head -c 7000 /dev/zero | sealpipe keys decrypt").status == 2)
        #expect(
            try place.shell("head -c 4096 /dev/zero | sealpipe keys encrypt | wc -c").lines
                == ["4149"])
    }

    @Test func `a key store that is made is told of, once`() throws {
        let place = try Workplace()
        try place.write("data/a", "a")
        let first = try place.sealpipe("seal", "data", "set")
        #expect(first.status == 0 && first.err.contains("made a key store in "), "\(first)")
        let second = try place.sealpipe("seal", "data", "set")
        #expect(second.status == 0 && !second.err.contains("made a key store"), "\(second)")
    }
}

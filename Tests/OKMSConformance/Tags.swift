import OKMS
import Testing

extension ConformanceCheck {
    static let tags = [
        ConformanceCheck("tags are set, changed, removed and listed in byte order") { service in
            let key = KeyName.arn(
                try service.createKey(
                    description: "",
                    tags: [KeyTag(key: "b", value: "1"), KeyTag(key: "a", value: "")]
                ).arn)
            func listed() throws -> [KeyTag] {
                try OKMSConformance.all {
                    try service.listResourceTags(key, limit: 2, marker: $0)
                }
            }
            #expect(try listed() == [KeyTag(key: "a", value: ""), KeyTag(key: "b", value: "1")])
            try service.tagResource(
                key, tags: [KeyTag(key: "b", value: "2"), KeyTag(key: "B", value: "é")])
            #expect(
                try listed() == [
                    KeyTag(key: "B", value: "é"), KeyTag(key: "a", value: ""),
                    KeyTag(key: "b", value: "2"),
                ])
            try service.untagResource(key, keys: ["b", "unknown"])
            #expect(try listed().map(\.key) == ["B", "a"])
            try service.untagResource(key, keys: ["B", "a"])
            #expect(try listed().isEmpty)
        },
        ConformanceCheck("a tag may be named for removal any number of times") { service in
            let key = try service.newKey()
            // Equal for Swift, but not byte for byte.
            let (composed, decomposed) = ("\u{e9}", "e\u{301}")
            try service.tagResource(
                key,
                tags: [composed, decomposed, "kept"].map { KeyTag(key: $0, value: "") })
            let many = Array(repeating: [composed, "unknown"], count: 1000).flatMap { $0 }
            try service.untagResource(key, keys: many)
            let left = try service.listResourceTags(key, limit: nil, marker: nil).elements
            #expect(left.map { Array($0.key.utf8) } == [decomposed, "kept"].map { Array($0.utf8) })
            expect(.validation) { try service.untagResource(key, keys: ["kept", "kept", ""]) }
            #expect(try service.listResourceTags(key, limit: nil, marker: nil).elements.count == 2)
        },
        ConformanceCheck("tags that are not allowed are refused, all together") { service in
            let key = try service.newKey()
            let good = KeyTag(key: "good", value: "")
            let bad: [(KeyServiceError.Code, [KeyTag])] = [
                (.tag, [KeyTag(key: "aws:a", value: "")]),
                (.tag, [KeyTag(key: "a", value: "1"), KeyTag(key: "a", value: "2")]),
                (.validation, [KeyTag(key: "", value: "")]),
                (.validation, [KeyTag(key: String(repeating: "k", count: 129), value: "")]),
                (.validation, [KeyTag(key: "k", value: String(repeating: "v", count: 257))]),
            ]
            for (code, tags) in bad {
                expect(code) { try service.tagResource(key, tags: [good] + tags) }
                expect(code) { try service.createKey(description: "", tags: [good] + tags) }
            }
            #expect(try service.listResourceTags(key, limit: nil, marker: nil).elements == [])
            #expect(try service.allKeys().count == 2)
            let longest = KeyTag(
                key: String(repeating: "é", count: 128), value: String(repeating: "é", count: 256))
            try service.tagResource(key, tags: [longest])
            #expect(
                try service.listResourceTags(key, limit: nil, marker: nil).elements == [longest])
        },
        ConformanceCheck("a key has at most 50 tags") { service in
            let tags = (1...51).map { KeyTag(key: "tag \($0)", value: "") }
            expect(.limitExceeded) { try service.createKey(description: "", tags: tags) }
            let key = KeyName.arn(
                try service.createKey(description: "", tags: Array(tags.prefix(50))).arn)
            expect(.limitExceeded) { try service.tagResource(key, tags: [tags[50]]) }
            try service.tagResource(key, tags: [KeyTag(key: "tag 1", value: "new")])
            #expect(
                try service.listResourceTags(key, limit: nil, marker: nil).elements.count == 50)
        },
    ]
}

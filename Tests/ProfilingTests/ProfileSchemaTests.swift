import Foundation
import Testing

@testable import Profiling

@Suite struct ProfileSchemaTests {
    private static func schema() throws -> [String: Any] {
        let value = try JSONSerialization.jsonObject(with: Data(ProfileSchema.text.utf8))
        return try #require(value as? [String: Any])
    }

    /// What of a value is not as the schema says, as far as it speaks of members.
    private static func problems(_ value: Any, _ schema: [String: Any], at place: String)
        -> [String]
    {
        if let items = schema["items"] as? [String: Any] {
            guard let list = value as? [Any] else { return ["\(place) is no list"] }
            return list.flatMap { problems($0, items, at: place) }
        }
        guard let properties = schema["properties"] as? [String: [String: Any]] else { return [] }
        guard let object = value as? [String: Any] else { return ["\(place) is no object"] }
        let required = schema["required"] as? [String] ?? []
        var found = required.filter { object[$0] == nil }.map { "\(place).\($0) is absent" }
        for (name, value) in object {
            guard let member = properties[name] else {
                found.append("\(place).\(name) is unknown")
                continue
            }
            found += problems(value, member, at: "\(place).\(name)")
        }
        return found
    }

    @Test func `a profile has the schema's members and no others`() throws {
        for profile in [Profile.empty, .sealing] {
            let problems = try Self.problems(profile.object(), Self.schema(), at: "profile")
            #expect(problems == [])
        }
    }

    @Test func `a profile with every member set leaves none of the schema's out`() throws {
        func absent(_ value: Any, _ schema: [String: Any]) -> [String] {
            if let items = schema["items"] as? [String: Any] {
                return ((value as? [Any])?.first).map { absent($0, items) } ?? []
            }
            guard let properties = schema["properties"] as? [String: [String: Any]] else {
                return []
            }
            let object = value as? [String: Any] ?? [:]
            return properties.flatMap { name, schema in
                object[name].map { absent($0, schema) } ?? [name]
            }
        }
        #expect(try absent(Profile.sealing.object(), Self.schema()) == [])
    }

    @Test func `a schema that lacks a member is noticed`() throws {
        var schema = try Self.schema()
        var properties = try #require(schema["properties"] as? [String: Any])
        properties["verdict"] = nil
        schema["properties"] = properties
        let problems = try Self.problems(Profile.empty.object(), schema, at: "profile")
        #expect(problems == ["profile.verdict is unknown"])
    }

    @Test func `the document names every member`() throws {
        let page = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("docs/formats/profile.md")
        let text = try String(contentsOf: page, encoding: .utf8)
        func names(_ shape: ProfileSchema.Shape) -> [String] {
            switch shape {
            case .list(let item): names(item)
            case .object(let members): members.flatMap { [$0.name] + names($0.shape) }
            default: []
            }
        }
        for name in names(.object(ProfileSchema.profile)) {
            #expect(text.contains("`\(name)`"), "\(name)")
        }
    }
}

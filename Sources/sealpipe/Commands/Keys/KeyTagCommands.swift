import ArgumentParser
import Jobs
import OKMS

// Labels of a key: TagResource, UntagResource, ListResourceTags.

struct TagKeyCommand: StatusCommand {
    static let configuration = CommandConfiguration(
        commandName: "tag", abstract: "Give a key tags, or its tags other values.")

    @OptionGroup var key: KeyArgument

    @Argument(help: ArgumentHelp("Tags.", valueName: "key=value"))
    var tags: [String]

    @OptionGroup var service: ServiceOptions
    @OptionGroup var report: ReportOptions

    func execute() throws -> ExitStatus {
        let tags = try KeyTag.parse(tags)
        return try service.call(report) { service in
            let name = try service.managed(key.key)
            try service.tagResource(name, tags: tags)
            try TagReport.show(of: name, service, report)
        }
    }
}

struct UntagKeyCommand: StatusCommand {
    static let configuration = CommandConfiguration(
        commandName: "untag", abstract: "Take tags from a key.")

    @OptionGroup var key: KeyArgument

    @Argument(help: ArgumentHelp("Keys of the tags.", valueName: "tag"))
    var tags: [String]

    @OptionGroup var service: ServiceOptions
    @OptionGroup var report: ReportOptions

    func execute() throws -> ExitStatus {
        try service.call(report) { service in
            let name = try service.managed(key.key)
            try service.untagResource(name, keys: tags)
            try TagReport.show(of: name, service, report)
        }
    }
}

struct ListTagsCommand: StatusCommand {
    static let configuration = CommandConfiguration(
        commandName: "tags", abstract: "List the tags of a key.")

    @OptionGroup var key: KeyArgument
    @OptionGroup var service: ServiceOptions
    @OptionGroup var report: ReportOptions

    func execute() throws -> ExitStatus {
        try service.call(report) { service in
            try TagReport.show(of: service.managed(key.key), service, report)
        }
    }
}

/// The tags of a key, a line each.
private enum TagReport {
    private struct Output: Encodable {
        struct Tag: Encodable {
            let key: String
            let value: String
        }

        let key: String
        let tags: [Tag]
    }

    static func show(
        of key: KeyName, _ service: any KeyManagementService, _ report: ReportOptions
    ) throws {
        let tags = try allPages { marker throws(KeyServiceError) in
            try service.listResourceTags(key, limit: nil, marker: marker)
        }
        if report.json {
            let output = Output(
                key: "\(key)", tags: tags.map { Output.Tag(key: $0.key, value: $0.value) })
            return try Console.shared.data(json: output)
        }
        for tag in tags { try Console.shared.data(line: "\(tag.key)=\(tag.value)") }
    }
}

extension KeyTag {
    /// Tags as a user writes them, `key=value`.
    static func parse(_ texts: [String]) throws -> [KeyTag] {
        try texts.map { text in
            guard let equals = text.firstIndex(of: "="), equals != text.startIndex else {
                throw JobError(.usage, "'\(text)' is no key=value of a tag")
            }
            return KeyTag(
                key: String(text[..<equals]), value: String(text[text.index(after: equals)...]))
        }
    }
}

/// A listing from its first page to its last.
func allPages<Element>(
    _ page: (_ marker: String?) throws(KeyServiceError) -> Page<Element>
) throws(KeyServiceError) -> [Element] {
    var elements: [Element] = []
    var marker: String?
    repeat {
        let next = try page(marker)
        elements += next.elements
        marker = next.nextMarker
    } while marker != nil
    return elements
}

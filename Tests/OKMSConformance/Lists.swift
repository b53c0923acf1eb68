import OKMS
import Testing

extension ConformanceCheck {
    static let lists = [
        ConformanceCheck("keys are listed in order of creation, page after page") { service in
            var keys = try service.allKeys()
            for number in 1...5 { keys.append(try service.createKey(description: "\(number)").arn) }
            #expect(try service.allKeys() == keys)
            var paged: [KeyARN] = []
            var marker: String?
            repeat {
                let page = try service.listKeys(limit: 4, marker: marker)
                #expect(page.elements.count <= 4)
                paged += page.elements
                marker = page.nextMarker
            } while marker != nil && paged.count < 100
            #expect(paged == keys)
            #expect(try service.listKeys(limit: 1000, marker: nil).nextMarker == nil)
        },
        ConformanceCheck("a page of another length is refused") { service in
            let key = try service.newKey()
            for limit in [-1, 0, 1001] {
                expect(.validation) { try service.listKeys(limit: limit, marker: nil) }
                expect(.validation) {
                    try service.listKeyRotations(of: key, limit: limit, marker: nil)
                }
                expect(.validation) {
                    try service.listResourceTags(key, limit: limit, marker: nil)
                }
                expect(.validation) { try service.listAliases(of: nil, limit: limit, marker: nil) }
            }
            expect(.validation) { try service.listResourceTags(key, limit: 51, marker: nil) }
            expect(.validation) { try service.listAliases(of: nil, limit: 101, marker: nil) }
        },
        ConformanceCheck("an altered or made up marker is refused, and one of another list") {
            service in
            let (key, other) = (try service.newKey(), try service.newKey())
            for name in ["a", "b"] {
                try service.createAlias(alias(name), for: key)
                try service.tagResource(key, tags: [KeyTag(key: name, value: "")])
                _ = try service.rotateKeyOnDemand(key)
            }
            let lists: [(KeyName, String?) throws -> String?] = [
                { try service.listKeys(limit: 1, marker: $1).nextMarker },
                { try service.listResourceTags($0, limit: 1, marker: $1).nextMarker },
                { try service.listAliases(of: $0, limit: 1, marker: $1).nextMarker },
                { try service.listKeyRotations(of: $0, limit: 1, marker: $1).nextMarker },
            ]
            for (index, list) in lists.enumerated() {
                let marker = try #require(try list(key, nil))
                _ = try list(key, marker)
                for text in ["x", "MQ==", marker + "A", String(marker.dropLast())] {
                    expect(.invalidMarker) { try list(key, text) }
                }
                for (place, another) in lists.enumerated() where place != index {
                    expect(.invalidMarker) { try another(key, marker) }
                }
                if index > 0 { expect(.invalidMarker) { try list(other, marker) } }
            }
        },
    ]
}

package import OKMS

extension AccountService {
    package func tagResource(_ key: KeyName, tags: [KeyTag]) throws(KeyServiceError) {
        try perform(.tagResource) { call in
            try check(tags)
            try change(key, for: &call) { db, key in
                try StoredTags.set(db, tags, of: key.id)
                guard try StoredTags.count(db, of: key.id) <= Self.maximumTagCount else {
                    throw KeyServiceError.tooManyTags
                }
            }
        }
    }

    func check(_ tags: [KeyTag]) throws(KeyServiceError) {
        var keys: Set<[UInt8]> = []
        for tag in tags {
            try check(tagKey: tag.key)
            try check(
                length: tag.value.unicodeScalars.count, of: "tags.member.tagValue",
                isWithin: 0...256)
            guard keys.insert(Array(tag.key.utf8)).inserted else {
                throw KeyServiceError(.tag, "the tag '\(tag.key)' is given twice")
            }
        }
        guard tags.count <= Self.maximumTagCount else { throw .tooManyTags }
    }

    func check(tagKey key: String) throws(KeyServiceError) {
        try check(
            length: key.unicodeScalars.count, of: "tags.member.tagKey", isWithin: 1...128)
        guard !key.lowercased().hasPrefix("aws:") else {
            throw KeyServiceError(.tag, "the tag '\(key)' begins with 'aws:', which is reserved")
        }
    }
}

extension KeyServiceError {
    fileprivate static let tooManyTags = KeyServiceError(
        .limitExceeded, "a key has at most \(AccountService.maximumTagCount) tags")
}

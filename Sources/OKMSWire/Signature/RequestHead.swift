/// A header of a request, as it came or as it will be sent.
package struct HeaderField: Hashable, Sendable {
    /// In any case; compared without it.
    package let name: String
    package let value: String

    package init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

/// All of a request that a signature covers, but the body.
package struct RequestHead: Sendable {
    package let method: String
    /// As it stands in the request line, up to the question mark.
    package let path: String
    /// As it stands in the request line, behind the question mark; empty where there is none.
    package let query: String
    /// Repeated names in the order they came.
    package var headers: [HeaderField]

    package init(
        method: String = "POST", path: String = "/", query: String = "", headers: [HeaderField]
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
    }

    /// The values of one header, in order. `name` is in lower case.
    func values(of name: String) -> [String] {
        headers.compactMap { $0.name.isEqual(toLowercase: name) ? $0.value : nil }
    }
}

extension String {
    /// Compares ASCII without case and everything else by bytes.
    func isEqual(toLowercase name: String) -> Bool {
        guard utf8.count == name.utf8.count else { return false }
        return zip(utf8, name.utf8).allSatisfy { $0.asciiLowercase == $1 }
    }

    func hasASCIIPrefix(_ prefix: String) -> Bool {
        guard utf8.count >= prefix.utf8.count else { return false }
        return zip(utf8, prefix.utf8).allSatisfy { $0.asciiLowercase == $1 }
    }
}

extension UInt8 {
    var asciiLowercase: UInt8 {
        UInt8(ascii: "A")...UInt8(ascii: "Z") ~= self ? self | 0x20 : self
    }
}

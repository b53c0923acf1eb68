import Testing

@testable import OKMSServer

@Suite struct RequestTargetTests {
    @Test(arguments: [
        ("/", "/", ""), ("/a?b=c?d", "/a", "b=c?d"), ("/#f", "/#f", ""), ("*", "*", ""),
        ("http://kms.test", "/", ""), ("HTTP://kms.test:8200/", "/", ""),
        ("https://kms.test/a/b?c", "/a/b", "c"), ("http://kms.test?c", "/", "c"),
        ("/http://kms.test/", "/http://kms.test/", ""), ("", "", ""),
    ])
    func `a target in origin form or absolute form`(text: String, path: String, query: String) {
        let target = RequestTarget(text)
        #expect(target.path == path && target.query == query)
    }
}

import Testing

@testable import Jobs

@Suite struct NearestNameTests {
    @Test(arguments: [
        ("levle", "level"), ("lvel", "level"), ("levell", "level"), ("LEVEL", "level"),
        ("oneFileSystem", "one_file_system"), ("one-file-system", "one_file_system"),
    ])
    func `a slip of the finger is understood`(name: String, meant: String) {
        #expect(NearestName.of(name, among: ["codec", "level", "one_file_system"]) == meant)
    }

    @Test(arguments: ["", "x", "size", "compression", String(repeating: "level", count: 1000)])
    func `what is far off has no suggestion`(name: String) {
        #expect(NearestName.of(name, among: ["codec", "level"]) == nil)
        #expect(NearestName.of(name, among: []) == nil)
    }
}

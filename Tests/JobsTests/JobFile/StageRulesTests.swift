import Testing

@testable import Jobs

@Suite struct StageRulesTests {
    @Test(arguments: [
        ("{ paths: [a] }", "[chunk, compress, encrypt]", "{ archive: s }"),
        ("{ paths: [a] }", "[encrypt]", "{ archive: s }"),
        ("{ paths: [a] }", "[chunk, encrypt]", "{ archive: s }"),
        ("{ paths: [a] }", "[compress, encrypt]", "stdout"),
        ("{ paths: [a] }", "[compress]", "stdout"),
        ("{ paths: [a] }", "[]", "stdout"),
        ("{ paths: [a] }", "[chunk, compress, encrypt]", "discard"),
        ("stdin", "[encrypt]", "{ archive: s }"),
        ("stdin", "[encrypt]", "stdout"),
        ("stdin", "[decrypt]", "stdout"),
        ("stdin", "[decrypt, decompress]", "discard"),
        ("{ command: [cat] }", "[compress, encrypt]", "{ archive: s }"),
        ("{ command: [cat] }", "[decrypt]", "stdout"),
        ("{ archive: s }", "[decrypt, decompress]", "{ directory: d }"),
        ("{ archive: s }", "[decrypt, decompress, verify]", "{ directory: d }"),
        ("{ archive: s }", "[decrypt, decompress]", "stdout"),
        ("{ archive: s }", "[decrypt]", "stdout"),
        ("{ archive: s }", "[decrypt, decompress, verify]", "discard"),
        ("{ archive: s }", "[decrypt, verify]", "discard"),
        ("{ archive: s }", "[verify]", "discard"),
    ])
    func `what makes sense is allowed`(input: String, stages: String, output: String) {
        #expect(messages(jobText(input: input, stages: stages, output: output)) == [])
    }

    @Test(arguments: [
        ("stdin", "[encrypt, compress]", "discard", "4:19 stage-order"),
        ("stdin", "[compress, chunk]", "discard", "4:20 stage-order"),
        ("stdin", "[encrypt, chunk]", "discard", "4:19 stage-order"),
        ("stdin", "[compress, compress]", "discard", "4:20 stage-order"),
        ("stdin", "[decompress, decrypt]", "discard", "4:22 stage-order"),
        ("{ archive: s }", "[verify, decrypt]", "discard", "4:18 stage-order"),
        ("stdin", "[encrypt, decrypt]", "discard", "4:19 stage-conflict"),
        ("stdin", "[decrypt, compress]", "discard", "4:19 stage-conflict"),
        ("stdin", "[verify]", "discard", "4:10 stage-conflict"),
        ("stdin", "[decrypt, verify]", "discard", "4:19 stage-conflict"),
        ("{ paths: [a] }", "[decrypt]", "stdout", "4:10 stage-conflict"),
        ("{ paths: [a] }", "[]", "{ archive: s }", "5:11 plaintext-archive"),
        ("{ paths: [a] }", "[compress]", "{ archive: s }", "5:11 plaintext-archive"),
        ("stdin", "[chunk, compress]", "{ archive: s }", "5:11 plaintext-archive"),
        ("stdin", "[encrypt]", "{ directory: d }", "5:11 stage-conflict"),
        ("{ paths: [a] }", "[]", "{ directory: d }", "5:11 stage-conflict"),
        ("{ archive: s }", "[]", "{ directory: d }", "3:10 stage-conflict"),
        ("{ archive: s }", "[decrypt]", "{ directory: d }", "5:11 stage-conflict"),
        ("{ archive: s }", "[]", "stdout", "3:10 stage-conflict"),
        ("{ archive: s }", "[]", "discard", "3:10 stage-conflict"),
        ("{ archive: s }", "[verify]", "stdout", "4:10 stage-conflict"),
        ("{ archive: s }", "[decompress]", "discard", "4:10 stage-conflict"),
        ("{ archive: s }", "[decompress, verify]", "discard", "4:10 stage-conflict"),
        ("{ archive: s }", "[encrypt]", "stdout", "4:10 stage-conflict"),
        ("{ archive: s }", "[decrypt, decompress]", "{ archive: t }", "5:11 stage-conflict"),
    ])
    func `what makes no sense is refused where it stands`(
        input: String, stages: String, output: String, place: String
    ) {
        let text = jobText(input: input, stages: stages, output: output)
        #expect(places(text).contains(place), "\(messages(text))")
        #expect(JobFile.load(text: text, path: "job.yaml").job == nil)
    }

    @Test func `an archive that would hold plaintext says so`() {
        let text = jobText(input: "stdin", stages: "[compress]", output: "{ archive: s }")
        #expect(
            messages(text) == [
                "job.yaml:5:11: error: output 'archive' without 'encrypt' would store plaintext "
                    + "(add '- encrypt' to the stages)"
            ])
    }

    @Test func `a misspelled stage is not called missing too`() {
        let text = jobText(input: "stdin", stages: "[encrpyt]", output: "{ archive: s }")
        #expect(places(text) == ["4:10 unknown-key"])
    }

    @Test func `stages may be left out`() throws {
        let text = "version: 1\nname: n\ninput: stdin\noutput: stdout"
        #expect(try job(text).stages == Stages())
        let archive = "version: 1\nname: n\ninput: stdin\noutput: { archive: s }"
        #expect(places(archive) == ["4:11 plaintext-archive"])
    }
}

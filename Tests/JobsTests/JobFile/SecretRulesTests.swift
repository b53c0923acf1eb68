import Testing

@testable import Jobs

@Suite struct SecretRulesTests {
    @Test(arguments: [
        "password", "PASSWORD", "db_password", "dbPassword", "secret", "token", "api_key", "apiKey",
        "aws_secret_access_key", "private-key", "passphrase", "credentials", "pin",
    ])
    func `a key that asks for a secret is refused`(key: String) {
        let text = sealJob + "\n\(key): x"
        #expect(places(text) == ["11:1 secret"])
        #expect(SecretRules.isSecretName(key))
    }

    @Test(arguments: [
        "password_file", "token-path", "access_key_id", "name", "monkey", "keys", "spin", "compass",
    ])
    func `other names are not mistaken for secrets`(name: String) {
        #expect(!SecretRules.isSecretName(name))
    }

    @Test(arguments: [
        ("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "a secret access key"),
        ("x=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY!", "a secret access key"),
        ("AKIAIOSFODNN7EXAMPLE", "an access key id"),
        ("-----BEGIN EC PRIVATE KEY-----", "a private key"),
        ("postgres://shop:hunter2@db.example/shop", "a password in a URL"),
    ])
    func `the shape of a secret is recognised anywhere in the file`(text: String, shape: String) {
        #expect(SecretRules.shape(of: text) == shape)
        for block in [
            "key: { context: { a: \"\(text)\" } }", "variables: { A: \"\(text)\" }",
        ] {
            let found = messages(sealJob + "\n" + block)
            #expect(found.contains { $0.contains("error: this looks like \(shape)") }, "\(found)")
            #expect(found.allSatisfy { !$0.contains(text) })
        }
    }

    @Test(arguments: [
        "da39a3ee5e6b4b0d3255bfef95601890afd80709",
        "/srv/data/customers/production/orders/20", "https://kms.example.com/a@b",
        "postgres://shop@db.example/shop", "postgres://shop:$PW@db.example/shop", "",
    ])
    func `digests, paths and addresses are no secrets`(text: String) {
        #expect(SecretRules.shape(of: text) == nil)
    }

    @Test(arguments: [
        "[mysqldump, --password=hunter2]",
        "[sh, -c, \"PGPASSWORD=hunter2 pg_dump shop\"]", "[sh, -c, \"x; TOKEN='a' y\"]",
    ])
    func `a secret among a command's arguments is refused`(command: String) {
        let text = jobText(input: "{ command: \(command) }", stages: "[encrypt]", output: "discard")
        #expect(places(text).map { $0.hasSuffix(" secret") } == [true], "\(messages(text))")
        #expect(messages(text).allSatisfy { !$0.contains("hunter2") })
    }

    @Test func `an argument after an option for a secret is warned of`() throws {
        let command = "{ command: [mysqldump, --password, hunter2] }"
        let text = jobText(input: command, stages: "[encrypt]", output: "discard")
        let (job, diagnostics) = JobFile.load(text: text, path: "job.yaml")
        #expect(job != nil)
        #expect(diagnostics.map(\.code) == [.secret])
        #expect(diagnostics.allSatisfy { !$0.description.contains("hunter2") })
    }

    @Test(arguments: [
        "[pg_dump, --no-password, shop]", "[mysqldump, --password-file=/etc/pw]",
        "[mysqldump, --password, --all]",
        "[sh, -c, \"PGPASSWORD=$PW pg_dump shop\"]", "[sh, -c, 'PGPASSWORD=\"$(cat pw)\" dump']",
        "[curl, --token-path, /x]", "[a, b=c]",
    ])
    func `an argument that names where the secret is, is fine`(command: String) {
        let text = jobText(input: "{ command: \(command) }", stages: "[encrypt]", output: "discard")
        #expect(messages(text) == [])
    }

    @Test func `secrets as defaults of variables are refused, from outside they are warned of`() {
        let text = jobText(
            input: "{ command: [dump, \"--password=${DB_PASSWORD}\"] }", stages: "[encrypt]",
            output: "discard", more: "variables: { DB_PASSWORD: hunter2 }")
        #expect(messages(text).contains { $0.contains("error: the default of 'DB_PASSWORD'") })
        let outside = text.replacing(" hunter2", with: "")
        let (job, diagnostics) = JobFile.load(
            text: outside, path: "job.yaml", environment: ["DB_PASSWORD": "x"])
        #expect(job != nil)
        #expect(diagnostics.map(\.severity) == [.warning])
        let inline = outside.replacing("${DB_PASSWORD}", with: "${DB_PASSWORD:-hunter2}")
        #expect(places(inline).contains { $0.hasSuffix(" secret") })
    }

    @Test func `a password in the service's URL is refused`() {
        let text = sealJob + "\nkey: { service: \"https://me:pw@kms.example\", region: eu }"
        #expect(messages(text).contains { $0.contains("no user or password may stand in a URL") })
        #expect(messages(text).allSatisfy { !$0.contains("me:pw") })
    }

    @Test(arguments: [
        ("password: hunter2", "secret", Diagnostic.Severity.error),
        ("password: \"${V}\"", "secret", .warning),
        ("from: \"${V_TOKEN}\"", "secret", .warning),
        ("run: 2024-11-23", "volatile-context", .warning),
        ("run: \"at 14:05\"", "volatile-context", .warning),
        ("run: 20241123T140500Z", "volatile-context", .warning),
        ("run: 1d2ff1a4-6a3f-4a6c-9f65-2f8ac3d2f001", "volatile-context", .warning),
        ("run: \"${BUILD_DATE}\"", "volatile-context", .warning),
    ])
    func `secret or volatile context values are pointed out`(
        pair: String, code: String, severity: Diagnostic.Severity
    ) throws {
        let names = ["V_TOKEN", "BUILD_DATE", "V"].filter { pair.contains("${\($0)}") }
        let text =
            sealJob + "\nkey: { context: { \(pair) } }"
            + names.map { "\nvariables: { \($0): }" }.joined()
        let found = JobFile.load(
            text: text, path: "job.yaml",
            environment: ["V": "x", "V_TOKEN": "x", "BUILD_DATE": "today"]
        ).diagnostics
        let first = try #require(found.first)
        #expect(found.count == 1)
        #expect(first.code.rawValue == code)
        #expect(first.severity == severity)
    }

    @Test(arguments: ["orders", "production", "v1.2.3", "5", "eu-west-2", "12345678"])
    func `a context value that stays is not warned of`(value: String) {
        #expect(messages(sealJob + "\nkey: { context: { a: \"\(value)\" } }") == [])
    }
}

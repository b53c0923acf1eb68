import TestSupport
import Testing

/// What a service elsewhere answers decides how `keys` ends.
@Suite struct ServiceErrorTests {
    @Test(
        arguments: [
            ("ThrottlingException", "list", 13, 6), ("Throttling", "create", 13, 6),
            ("KMSInternalException", "list", 13, 6), ("ValidationException", "list", 2, 1),
            ("TagException", "create --tag a=b", 2, 1),
            ("InvalidAliasNameException", "delete-alias alias/a", 2, 1),
            ("AlreadyExistsException", "delete-alias alias/a", 2, 1),
            ("LimitExceededException", "create", 1, 1),
            ("UnsupportedOperationException", "list", 1, 1), ("NewException", "list", 1, 1),
            ("SerializationException", "list", 1, 1), ("InvalidMarkerException", "list", 1, 1),
            ("AccessDeniedException", "list", 12, 1), ("DisabledException", "list", 12, 1),
            ("KMSInvalidStateException", "list", 12, 1), ("NotFoundException", "list", 12, 1),
            ("UnrecognizedClientException", "list", 12, 1),
        ] as [(String, String, Int32, Int)])
    func `an error of the service has its exit status`(
        type: String, command: String, status: Int32, calls: Int
    ) throws {
        let server = try LoopbackServer { _, _ in
            .answer(400, #"{"__type":"\#(type)","message":"told by the service"}"#)
        }
        defer { server.stop() }
        let place = try Workplace()
        let ending = try place.shell(
            """
            export OKMS_ENDPOINT=\(server.url) AWS_REGION=eu-west-2
            export AWS_ACCESS_KEY_ID=AKIDEXAMPLE AWS_SECRET_ACCESS_KEY=none
            sealpipe keys \(command)
            """)
        #expect(ending.status == status, "\(ending)")
        #expect(ending.err.contains("told by the service"), "\(ending)")
        #expect(server.requests.count == calls)
    }
}

import OKMS
import Testing

@testable import OKMSWire

@Suite struct WireErrorTests {
    func read(_ json: String, _ status: Int = 400) -> KeyServiceError {
        WireError.read(Array(json.utf8).span, status: status)
    }

    @Test func `an error is written and read`() {
        let error = KeyServiceError(.notFound, "Key '\"' does not exist")
        let body = WireError.body(error)
        #expect(
            text(body) == #"{"__type":"NotFoundException","message":"Key '\"' does not exist"}"#)
        #expect(WireError.read(body.span, status: 400) == error)
    }

    @Test(arguments: [
        #"{"__type":"NotFoundException","Message":"m"}"#,
        #"{"__type":"com.amazonaws.kms#NotFoundException","message":"m"}"#,
        #"{"__type":"NotFoundException:http://internal.amazon.com/","message":"m"}"#,
        #"{"message":"m","__type":"a#b#NotFoundException:x:y"}"#,
    ])
    func `other services' spellings are read`(_ json: String) {
        #expect(read(json) == KeyServiceError(.notFound, "m"))
    }

    @Test(arguments: [
        ("Throttling", KeyServiceError.Code.throttling), ("InternalFailure", .internal),
        ("ServiceUnavailable", .serviceUnavailable), ("SignatureDoesNotMatch", .invalidSignature),
        ("InvalidClientTokenId", .unrecognizedClient), ("AccessDenied", .accessDenied),
    ])
    func `other services' names are understood`(_ name: String, _ code: KeyServiceError.Code) {
        #expect(read(#"{"__type":"\#(name)","message":"m"}"#) == KeyServiceError(code, "m"))
    }

    @Test(arguments: [
        (400, KeyServiceError.Code.unknownOperation), (401, .accessDenied), (403, .accessDenied),
        (404, .unknownOperation), (429, .throttling), (500, .internal), (502, .dependencyTimeout),
        (503, .serviceUnavailable), (504, .dependencyTimeout), (301, .unknownOperation),
    ])
    func `what is no error of the protocol is judged by its status`(
        _ status: Int, _ code: KeyServiceError.Code
    ) {
        for body in ["", "<html>", "{", "{}", "[]", #"{"__type":5}"#] {
            #expect(read(body, status).code == code)
            #expect(read(body, status).message.contains("\(status)"))
        }
        let unknown = read(#"{"__type":"NewException","message":"m"}"#, status)
        #expect(unknown == KeyServiceError(code, "NewException: m"))
    }

    @Test func `statuses and retries are those that clients expect`() {
        #expect(KeyServiceError.Code.throttling.httpStatus == 400)
        #expect(KeyServiceError.Code.internal.httpStatus == 500)
        #expect(KeyServiceError.Code.unavailable.httpStatus == 500)
        #expect(KeyServiceError.Code.dependencyTimeout.httpStatus == 500)
        #expect(KeyServiceError.Code.serviceUnavailable.httpStatus == 503)
        #expect(KeyServiceError.Code.notFound.httpStatus == 400)
        #expect(KeyServiceError.Code.throttling.isPassing)
        #expect(!KeyServiceError.Code.limitExceeded.isPassing)
        #expect(!KeyServiceError.Code.invalidSignature.isPassing)
    }
}

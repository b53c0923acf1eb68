import NIOCore
import NIOHTTP1
import OKMS
import OKMSWire

/// Answers and errors as they go into an HTTP response.
enum KeyServiceResponse {
    static func answer(
        _ answer: borrowing MessageBody, requestID: String
    ) -> ServedResponse {
        let body = answer.withBytes { bytes in ByteBuffer(copying: bytes) }
        return ServedResponse(
            status: .ok, headers: headers(WireRequest.contentType, requestID), body: body,
            isSecret: answer.holdsSecret)
    }

    /// osc-cli reads errors only where the content type is `application/json`.
    static func error(
        _ error: KeyServiceError, requestID: String, isForOSC: Bool
    ) -> ServedResponse {
        ServedResponse(
            status: HTTPResponseStatus(statusCode: error.code.httpStatus),
            headers: headers(isForOSC ? "application/json" : WireRequest.contentType, requestID),
            body: ByteBuffer(bytes: WireError.body(error)))
    }

    /// The same answer with another status, and what that status asks for.
    static func with(_ status: HTTPResponseStatus, _ response: ServedResponse) -> ServedResponse {
        var headers = response.headers
        if status == .methodNotAllowed { headers.add(name: "Allow", value: "POST") }
        return ServedResponse(status: status, headers: headers, body: response.body)
    }

    private static func headers(_ contentType: String, _ requestID: String) -> HTTPHeaders {
        [
            "Content-Type": contentType, "x-amzn-RequestId": requestID,
            "Cache-Control": "no-store",
        ]
    }
}

extension ByteBuffer {
    init(copying bytes: Span<UInt8>) {
        self.init()
        unsafe writeBytes(bytes.bytes)
    }
}

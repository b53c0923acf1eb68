import Envelope
import LibCrypto
import OKMS
import Testing

@Suite struct EnvelopeErrorTests {
    @Test func `an error is one line that says where`() {
        let refusals = [
            KeyServiceError(.disabled, "key is disabled"),
            KeyServiceError(.notFound, "no such key"),
        ]
        let lines: [(EnvelopeError, String)] = [
            (
                .truncated(needed: 3, offset: 9),
                "the message is cut off at byte 9"
            ),
            (.trailingBytes(offset: 7), "bytes follow the end of the message at byte 7"),
            (
                .unsupportedSuite(MessageSuite(id: 0x0178), formatVersion: 1),
                "the message is of format version 1 and suite 0x0178 "
                    + "(AES_256_GCM_IV12_TAG16_HKDF_SHA256), which is not read"
            ),
            (
                .malformed(.version, offset: 0),
                "this is no message of the AWS Encryption SDK: its first byte is no version"
            ),
            (
                .malformed(.contentType, offset: 5),
                "the header's content type at byte 5 is malformed"
            ),
            (.malformedFrame(4, .iv, offset: 99), "the IV of frame 4 at byte 99 is wrong"),
            (
                .overLimit(.wrappedKeys, 9, limit: 8, offset: 1),
                "the wrapped data keys at byte 1 is 9, more than 8"
            ),
            (
                .noUsableWrappedKey,
                "no wrapped data key in the message names a key of a key management service"
            ),
            (
                .dataKeyRefused(refusals),
                "the data key could not be unwrapped: key is disabled; no such key"
            ),
            (.invalidDataKey(byteCount: 16), "the data key has 16 bytes instead of 32"),
            (.commitmentMismatch, "the data key does not belong to the message"),
            (.authenticationFailed(.header), "authentication of the header failed"),
            (.authenticationFailed(.frame(12)), "authentication of frame 12 failed"),
            (.crypto(.openSSL("EVP_X")), "OpenSSL refused EVP_X"),
        ]
        for (error, line) in lines { #expect("\(error)" == line) }
    }

    @Test func `a hostile context key stays on its line`() {
        let error = EnvelopeError.contextMismatch(key: Array("a\nb\u{1B}[2J".utf8))
        #expect("\(error)" == "the encryption context has another value for 'a?b?[2J'")
    }
}

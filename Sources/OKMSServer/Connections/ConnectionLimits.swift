/// What a connection may cost.
package struct ConnectionLimits: Sendable {
    /// 6144 bytes of ciphertext are 8192 of base64; the rest is room for contexts and tags.
    package var bodyByteCount = 64 * 1024
    package var headByteCount = 16 * 1024
    package var headerCount = 100
    /// From the first byte of a request to its last, and from an answer to its being sent.
    package var requestTimeout = Duration.seconds(10)
    /// From an answer to the first byte of the next request.
    package var idleTimeout = Duration.seconds(75)
    /// How long a connection that is refused goes on reading, so that the client sees the answer.
    package var lingerTimeout = Duration.seconds(1)
    package var connectionCount = 1024

    package init() {}
}

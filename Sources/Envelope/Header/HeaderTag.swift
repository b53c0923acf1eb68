import LibCrypto

/// The tag that authenticates a header: GCM over no plaintext, under the content key and an IV of
/// zeros, which no frame uses.
/// Source: AWS Encryption SDK specification, "message-header", header authentication version 2.
enum HeaderTag {
    private static let iv = [UInt8](repeating: 0, count: AESGCM.ivByteCount)

    static func compute(_ keys: MessageKeys, body: [UInt8]) throws(EnvelopeError) -> [UInt8] {
        var tag: [UInt8] = []
        var gcm = try keys.cipher(.encrypt)
        do throws(CryptoError) {
            try gcm.begin(iv: iv.span, additionalData: body.span)
            try tag.append(addingCapacity: AESGCM.tagByteCount) { output throws(CryptoError) in
                try gcm.finish(appendingTagTo: &output)
            }
        } catch {
            throw EnvelopeError(error, in: .header)
        }
        return tag
    }

    static func verify(
        _ tag: [UInt8], _ keys: MessageKeys, additionalData: [UInt8]
    ) throws(EnvelopeError) {
        var gcm = try keys.cipher(.decrypt)
        do throws(CryptoError) {
            try gcm.begin(iv: iv.span, additionalData: additionalData.span)
            try gcm.verify(tag: tag.span)
        } catch {
            throw EnvelopeError(error, in: .header)
        }
    }
}

extension VerifiedMessage {
    /// The header of the same message with its data key wrapped otherwise, as it is to be stored.
    ///
    /// Message id, context, frame length and commitment stay, and with them the keys of the message:
    /// every frame is what it was and follows this header unchanged, though perhaps at another offset.
    /// Throws what `MessageHeader.rewrapped` throws.
    package func rewrapping(_ wrappedKeys: [WrappedKey]) throws(EnvelopeError) -> [UInt8] {
        try header.rewrapped(with: wrappedKeys).serialized(with: keys)
    }
}

package import OKMS

extension OKMSEngine {
    /// Throws where the store cannot be read or the module does not answer.
    ///
    /// Opens the store's service key anew: what is read must be there, and the module must decrypt.
    package func checkHealth() throws(KeyServiceError) {
        try answering { _ = try SecretWrapping(of: store, in: hsm) }
    }
}

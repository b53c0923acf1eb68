package import OKMS

extension OKMSEngine {
    /// Throws where the store cannot be read, the module does not answer, or the audit trail cannot be
    /// written.
    ///
    /// Opens the store's service key anew: what is read must be there, and the module must decrypt.
    /// Where the last records could not be written, a record of this check tells whether others can.
    package func checkHealth() throws(KeyServiceError) {
        try answering { _ = try SecretWrapping(of: store, in: hsm) }
        guard audit.isFailing else { return }
        try record(
            AuditRecord(
                requestID: "health", account: nil, accessKeyID: nil, action: "CheckHealth",
                key: nil, outcome: "ok", source: nil))
    }
}

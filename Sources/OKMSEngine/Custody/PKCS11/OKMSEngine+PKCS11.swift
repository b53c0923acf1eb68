extension OKMSEngine {
    /// Opens the store in a directory, with its keys in the custody of a PKCS#11 token.
    ///
    /// The store is made on first use, unless `createIfMissing` is false, and belongs to that token
    /// from then on.
    package convenience init(
        store directory: String, pkcs11 configuration: PKCS11Configuration,
        region: String = "eu-west-2", createIfMissing: Bool = true
    ) throws(StoreError) {
        try self.init(
            store: directory, region: region, createIfMissing: createIfMissing, custody: .token
        ) {
            _ throws(StoreError) in
            do throws(HSMError) {
                return try PKCS11HSM(configuration)
            } catch {
                throw StoreError(error)
            }
        }
    }
}

import GRDB

/// In what kind of custody the keys of a store are.
package enum Custody: Equatable, Sendable {
    /// Sealed under a root key, in the store.
    case rootKey
    /// In a PKCS#11 token; the store has the names of objects.
    case token

    /// Nil where the store does not say yet, or knows some other module.
    static func fetch(_ db: Database) throws -> Custody? {
        let count = try Int.fetchOne(db, sql: "SELECT length(material_token) FROM service_key")
        switch count {
        case SoftwareHSM.tokenByteCount: return .rootKey
        case MaterialName.idByteCount: return .token
        default: return nil
        }
    }
}

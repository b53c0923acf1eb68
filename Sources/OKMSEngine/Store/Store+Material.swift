import GRDB
import OKMS

extension Store {
    /// Runs one transaction that has a module make material; where it fails, that is destroyed again.
    func writeMakingMaterial<R>(
        in hsm: any HardwareSecurityModule,
        _ body: (
            Database, _ makeMaterial: (KeyID, _ version: UInt32) throws -> KeyMaterial
        ) throws -> R
    ) throws -> R {
        var made: [KeyMaterial] = []
        do {
            return try write { db in
                try body(db) { key, version in
                    let material = try hsm.makeMaterial(for: key, version: version)
                    made.append(material)
                    return material
                }
            }
        } catch {
            // Material that no store knows does no harm; what went wrong matters more.
            for material in made { try? hsm.destroyMaterial(material) }
            throw error
        }
    }
}

import LibCrypto
import Locking
import OKMS
import OKMSConformance

@testable import OKMSEngine

/// A software module that remembers what it destroyed, and makes and destroys nothing for keys for
/// which it is broken.
final class WatchedModule: HardwareSecurityModule {
    private let module: SoftwareHSM
    let destroyed = Monitor<[KeyMaterial]>([])
    let broken = Monitor<Set<KeyID>>([])

    init() throws {
        module = try SoftwareHSM(rootKey: secret([UInt8](repeating: 7, count: 32)), name: "watched")
    }

    var name: String { module.name }
    var identity: [UInt8] { module.identity }
    var ivByteCount: Int { module.ivByteCount }
    var adviceOnUnusableMaterial: String { module.adviceOnUnusableMaterial }

    func makeMaterial(for key: KeyID, version: UInt32) throws(HSMError) -> KeyMaterial {
        try check(key)
        return try module.makeMaterial(for: key, version: version)
    }

    func encrypt(
        _ plaintext: borrowing SecretBytes, with material: KeyMaterial, additionalData: Span<UInt8>
    ) throws(HSMError) -> SealedBytes {
        try module.encrypt(plaintext, with: material, additionalData: additionalData)
    }

    func decrypt(
        _ sealed: SealedBytes, with material: KeyMaterial, additionalData: Span<UInt8>
    ) throws(HSMError) -> SecretBytes {
        try module.decrypt(sealed, with: material, additionalData: additionalData)
    }

    func destroyMaterial(_ material: KeyMaterial) throws(HSMError) {
        try check(material.key)
        destroyed.update { $0.append(material) }
    }

    private func check(_ key: KeyID) throws(HSMError) {
        guard !broken.update({ $0.contains(key) }) else { throw .failed("it is broken") }
    }
}

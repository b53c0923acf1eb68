package import LibCrypto
package import OKMS

/// A module in software: material is sealed under a root key and handed to the store to keep.
///
/// It stands in for a device: the store alone is worthless without the root key, but whoever reads
/// both, or this process's memory, has the keys. Unsealed material lives for the time of one call.
///
/// A token is `IV:12 sealedMaterial:32 tag:16`, with AES-256-GCM under a key derived from the root
/// key; its additional data is `okms material v1`, the key's 16 bytes and the version, big-endian.
package final class SoftwareHSM: HardwareSecurityModule {
    package static let tokenByteCount = 12 + 32 + 16

    package let name: String
    /// The root key's check value: derived from it one way.
    package let identity: [UInt8]
    package let adviceOnUnusableMaterial = "restore the store from a backup"
    package let ivByteCount = AESGCM.ivByteCount
    private let sealingKey: SecretBytes

    /// Derives what it needs; the root key can die afterwards.
    package init(rootKey: borrowing SecretBytes, name: String) throws(CryptoError) {
        let extracted = try HKDFSHA512.extract(salt: [UInt8]().span, from: rootKey)
        sealingKey = try HKDFSHA512.expand(
            extracted, info: Array("okms material sealing v1".utf8).span, count: 32)
        let check = try HKDFSHA512.expand(
            extracted, info: Array("okms root key check v1".utf8).span, count: 32)
        identity = check.withBytes { bytes in bytes.indices.map { bytes[$0] } }
        self.name = name
    }

    package func makeMaterial(
        for key: KeyID, version: UInt32
    ) throws(HSMError) -> KeyMaterial {
        do throws(CryptoError) {
            let material = try SecretBytes.random(count: AESGCM.keyByteCount)
            return try seal(material, key: key, version: version)
        } catch {
            throw .failed("\(error)")
        }
    }

    /// Takes material from elsewhere, for known answers.
    func seal(
        _ material: borrowing SecretBytes, key: KeyID, version: UInt32
    ) throws(CryptoError) -> KeyMaterial {
        let sealed = try SealedBytes(
            sealing: material, under: sealingKey, iv: randomBytes(count: ivByteCount),
            additionalData: Self.label(key, version).span)
        return KeyMaterial(
            key: key, version: version, token: sealed.iv + sealed.ciphertext + sealed.tag)
    }

    package func encrypt(
        _ plaintext: borrowing SecretBytes, with material: KeyMaterial,
        additionalData: Span<UInt8>
    ) throws(HSMError) -> SealedBytes {
        let key = try unseal(material)
        do throws(CryptoError) {
            return try SealedBytes(
                sealing: plaintext, under: key, iv: randomBytes(count: ivByteCount),
                additionalData: additionalData)
        } catch {
            throw .failed("\(error)")
        }
    }

    package func decrypt(
        _ sealed: SealedBytes, with material: KeyMaterial, additionalData: Span<UInt8>
    ) throws(HSMError) -> SecretBytes {
        let key = try unseal(material)
        return try open(sealed, under: key, additionalData: additionalData)
    }

    /// Nothing to do: without its token, which the store forgets, sealed material is gone.
    package func destroyMaterial(_ material: KeyMaterial) throws(HSMError) {}

    private func unseal(_ material: KeyMaterial) throws(HSMError) -> SecretBytes {
        let token = material.token
        guard token.count == Self.tokenByteCount else { throw .unusableMaterial }
        let sealed = SealedBytes(
            iv: Array(token[..<12]), ciphertext: Array(token[12..<44]), tag: Array(token[44...]))
        do {
            return try open(
                sealed, under: sealingKey,
                additionalData: Self.label(material.key, material.version).span)
        } catch .cannotDecrypt {
            throw .unusableMaterial
        }
    }

    private func open(
        _ sealed: SealedBytes, under key: borrowing SecretBytes, additionalData: Span<UInt8>
    ) throws(HSMError) -> SecretBytes {
        guard sealed.iv.count == ivByteCount, sealed.tag.count == AESGCM.tagByteCount,
            !sealed.ciphertext.isEmpty
        else { throw .cannotDecrypt }
        do throws(CryptoError) {
            return try sealed.opened(under: key, additionalData: additionalData)
        } catch .authenticationFailed {
            throw .cannotDecrypt
        } catch {
            throw .failed("\(error)")
        }
    }

    private static func label(_ key: KeyID, _ version: UInt32) -> [UInt8] {
        Array("okms material v1".utf8) + key.bytes + version.bigEndianBytes
    }
}

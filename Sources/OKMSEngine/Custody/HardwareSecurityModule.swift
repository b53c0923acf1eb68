package import LibCrypto
package import OKMS

/// Where the material of customer master keys lives: made, used and destroyed there, never read out.
///
/// Calls may block (a real module is a network or bus away) and may be made from several threads at
/// once. What crosses this protocol is plaintext of at most 4096 bytes, never key material.
package protocol HardwareSecurityModule: Sendable {
    /// How messages call it: "the root key in /srv/okms/root.key", "the token 'kms'".
    var name: String { get }

    /// What tells this module from every other. Not secret: the store keeps it, and refuses to be
    /// opened with a module of another identity.
    var identity: [UInt8] { get }

    /// What to do where the module does not know material of the store's.
    var adviceOnUnusableMaterial: String { get }

    /// How long the IVs of this module are: 12 bytes, or 16 where it insists.
    var ivByteCount: Int { get }

    /// Makes the material of one version of a key, 256 random bits.
    ///
    /// A module whose material lives within makes an object of that key and version there.
    func makeMaterial(for key: KeyID, version: UInt32) throws(HSMError) -> KeyMaterial

    /// Encrypts with AES-256-GCM under an IV that the module has never used with this material.
    ///
    /// The IV comes back because some modules choose it during the call.
    func encrypt(
        _ plaintext: borrowing SecretBytes, with material: KeyMaterial,
        additionalData: Span<UInt8>
    ) throws(HSMError) -> SealedBytes

    /// Opens what `encrypt` made. Throws `cannotDecrypt` for anything else.
    func decrypt(
        _ sealed: SealedBytes, with material: KeyMaterial, additionalData: Span<UInt8>
    ) throws(HSMError) -> SecretBytes

    /// Destroys the material for ever; that it is destroyed already is no failure. The store forgets
    /// the token afterwards.
    func destroyMaterial(_ material: KeyMaterial) throws(HSMError)
}

/// A reference to the material of one version of a key. Holds no secret in the clear.
package struct KeyMaterial: Hashable, Sendable {
    package let key: KeyID
    /// Counts from 1; each rotation adds one.
    package let version: UInt32
    /// What the module gave the store to keep: the sealed material, or the name of an object within
    /// the module. Opaque to everyone else.
    package let token: [UInt8]

    package init(key: KeyID, version: UInt32, token: [UInt8]) {
        self.key = key
        self.version = version
        self.token = token
    }
}

/// The outcome of one AES-GCM encryption.
package struct SealedBytes: Hashable, Sendable {
    /// The IV actually used.
    package let iv: [UInt8]
    /// As long as the plaintext.
    package let ciphertext: [UInt8]
    /// Always 16 bytes: shorter tags are refused, whatever a module would accept.
    package let tag: [UInt8]

    package init(iv: [UInt8], ciphertext: [UInt8], tag: [UInt8]) {
        self.iv = iv
        self.ciphertext = ciphertext
        self.tag = tag
    }
}

/// Why a module did not do what it was asked.
package enum HSMError: Error, Equatable, Sendable {
    /// Not made by this material with this additional data. Says no more.
    case cannotDecrypt
    /// The module does not know the material, or its token was altered.
    case unusableMaterial
    /// The module itself failed; the same call may succeed later.
    case failed(String)
    /// There is no way to the module or its token; it may come back.
    case unreachable(String)
    /// What opens the module was refused; trying the same again does harm.
    case refused(String)
    /// What opens the module is not there.
    case missing(String)
}

/// Where a PKCS#11 token is and how it is to be used. Holds no secret: the PIN stays in its file.
package struct PKCS11Configuration: Hashable, Sendable {
    /// Who chooses the IVs of AES-GCM, and where they come back.
    package enum IVMode: Hashable, Sendable {
        /// We do: 96 random bits. What the standard describes; SoftHSM.
        case caller
        /// The module does, and writes 12 bytes over the buffer it is given: AWS CloudHSM.
        case writeBack
        /// The module does, and appends 12 or 16 bytes to its output: Luna and ProtectServer in
        /// FIPS mode.
        case appended(ivByteCount: Int)
    }

    /// What hardens a key beyond being sensitive and not extractable, and not every module knows.
    package enum Hardening: String, Hashable, Sendable, CaseIterable {
        /// `CKA_MODIFIABLE` false: nobody can let the key do more later.
        case modifiable
        /// `CKA_COPYABLE` false: nobody can make a copy that does more.
        case copyable
        /// `CKA_ALLOWED_MECHANISMS`: the key works with AES-GCM and nothing else.
        case allowedMechanisms = "allowed-mechanisms"
    }

    /// The vendor's shared library; an absolute path.
    package let modulePath: String
    package let tokenLabel: String
    /// Needed only where several tokens have the label.
    package let tokenSerial: String?
    package let pin: PINFile
    /// Nil finds out at the start.
    package let ivMode: IVMode?
    /// What the operator knows the module not to have. Nothing is left out unasked.
    package let lacking: Set<Hardening>
    /// How many calls may be under way at once; a token may allow fewer.
    package let maximumSessionCount: Int

    package static let defaultMaximumSessionCount = 16

    package init(
        modulePath: String, tokenLabel: String, tokenSerial: String? = nil, pin: PINFile,
        ivMode: IVMode? = nil, lacking: Set<Hardening> = [],
        maximumSessionCount: Int = defaultMaximumSessionCount
    ) throws(Invalid) {
        guard modulePath.hasPrefix("/") else { throw .relativeModulePath(modulePath) }
        guard 1...32 ~= tokenLabel.utf8.count else { throw .tokenLabel(tokenLabel) }
        guard 1...16 ~= (tokenSerial ?? "-").utf8.count else {
            throw .tokenSerial(tokenSerial ?? "")
        }
        guard maximumSessionCount > 0 else { throw .sessionCount(maximumSessionCount) }
        self.modulePath = modulePath
        self.tokenLabel = tokenLabel
        self.tokenSerial = tokenSerial
        self.pin = pin
        self.ivMode = ivMode
        self.lacking = lacking
        self.maximumSessionCount = maximumSessionCount
    }

    /// Why a configuration makes no sense.
    package enum Invalid: Error, Equatable, Sendable {
        case relativeModulePath(String)
        case tokenLabel(String)
        case tokenSerial(String)
        case sessionCount(Int)
        case ivMode(String)
        case hardening(String)
    }
}

extension PKCS11Configuration.IVMode: CustomStringConvertible {
    package static let all: [Self] = [
        .caller, .writeBack, .appended(ivByteCount: 12), .appended(ivByteCount: 16),
    ]

    /// As operators write it: `caller`, `write-back`, `appended-12`, `appended-16`.
    package var description: String {
        switch self {
        case .caller: "caller"
        case .writeBack: "write-back"
        case .appended(let ivByteCount): "appended-\(ivByteCount)"
        }
    }

    /// Nil for `detect`.
    package static func parse(_ text: String) throws(PKCS11Configuration.Invalid) -> Self? {
        if text == "detect" { return nil }
        guard let mode = all.first(where: { $0.description == text }) else {
            throw .ivMode(text)
        }
        return mode
    }

    /// How long the IVs of this mode are.
    package var ivByteCount: Int {
        switch self {
        case .caller, .writeBack: 12
        case .appended(let ivByteCount): ivByteCount
        }
    }
}

extension PKCS11Configuration.Hardening {
    /// From a list with commas: `copyable,allowed-mechanisms`.
    package static func parse(_ text: String) throws(PKCS11Configuration.Invalid) -> Set<Self> {
        var found: Set<Self> = []
        for name in text.split(separator: ",") {
            guard let one = Self(rawValue: String(name)) else { throw .hardening(String(name)) }
            found.insert(one)
        }
        return found
    }
}

extension PKCS11Configuration.Invalid: CustomStringConvertible {
    package var description: String {
        switch self {
        case .relativeModulePath(let path):
            "the PKCS#11 module '\(path)' must be named by an absolute path"
        case .tokenLabel(let label):
            "'\(label)' is no label of a token: that has 1 to 32 bytes"
        case .tokenSerial(let serial):
            "'\(serial)' is no serial number of a token: that has 1 to 16 bytes"
        case .sessionCount(let count):
            "\(count) sessions are too few; at least one is needed"
        case .ivMode(let text):
            "'\(text)' is no IV mode; use detect, caller, write-back, appended-12 or appended-16"
        case .hardening(let text):
            "'\(text)' cannot be left out; modifiable, copyable and allowed-mechanisms can"
        }
    }
}

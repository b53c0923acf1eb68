import ArgumentParser
import Foundation
import OKMS
import OKMSEngine

/// Which store a command works on.
struct StoreDirectory: ParsableArguments {
    @Option(help: ArgumentHelp("The store. Without it: OKMS_STORE.", valueName: "directory"))
    var store: String?

    func path() throws -> String {
        let environment = ProcessInfo.processInfo.environment
        guard let directory = store ?? environment["OKMS_STORE"], !directory.isEmpty else {
            throw CommandError(
                .usage, "no store is named", hint: "give --store DIRECTORY, or set OKMS_STORE")
        }
        return directory
    }

    /// The path, if there is a store.
    func existing() throws -> String {
        let path = try path()
        guard try OKMSEngine.hasStore(in: path) else { throw StoreError.missing(directory: path) }
        return path
    }
}

/// What opens a store.
struct StoreOptions: ParsableArguments {
    @OptionGroup var directory: StoreDirectory

    @Option(
        help: ArgumentHelp(
            "The region of the store's keys, which never changes. Without it: that of the store, or eu-west-2 for a new one.",
            valueName: "name"))
    var region: String?

    @Option(
        help: ArgumentHelp(
            "The root key, if it is not root.key in the store. Without it: OKMS_ROOT_KEY_FILE.",
            valueName: "file"))
    var rootKeyFile: String?

    @OptionGroup var token: TokenOptions

    /// `making`: whether a store that is not there is made.
    func open(making: Bool) throws -> OKMSEngine {
        do {
            return try open(region: region ?? "eu-west-2", making: making)
        } catch let error as StoreError {
            // Where nobody asked for a region, the store's own is meant.
            guard region == nil, case .otherRegion(_, let stored, _) = error else { throw error }
            return try open(region: stored, making: false)
        }
    }

    private func open(region: String, making: Bool) throws -> OKMSEngine {
        if let token = try token.configuration() {
            guard rootKeyFile == nil else {
                throw CommandError(
                    .usage, "--root-key-file and --pkcs11-module exclude each other",
                    hint: "a store's keys are in the custody of one of them")
            }
            return try OKMSEngine(
                store: directory.path(), pkcs11: token, region: region, createIfMissing: making)
        }
        let environment = ProcessInfo.processInfo.environment
        return try OKMSEngine(
            store: directory.path(), rootKeyFile: rootKeyFile ?? environment["OKMS_ROOT_KEY_FILE"],
            region: region, createIfMissing: making)
    }
}

/// The hardware security module that has custody of the keys, if one has.
struct TokenOptions: ParsableArguments {
    @Option(
        name: .customLong("pkcs11-module"),
        help: ArgumentHelp(
            "Keep keys in a PKCS#11 token: the vendor's library.", valueName: "file"))
    var module: String?

    @Option(
        name: .customLong("pkcs11-token"),
        help: ArgumentHelp("The token's label.", valueName: "label"))
    var label: String?

    @Option(
        name: .customLong("pkcs11-serial"),
        help: ArgumentHelp(
            "The token's serial number, where several have the label.", valueName: "number"))
    var serial: String?

    @Option(
        name: .customLong("pkcs11-pin-file"),
        help: ArgumentHelp("The file that holds the user's PIN.", valueName: "file"))
    var pinFile: String?

    @Option(
        name: .customLong("pkcs11-iv-mode"),
        help: ArgumentHelp(
            "detect, caller, write-back, appended-12 or appended-16.", valueName: "mode"))
    var ivMode = "detect"

    @Option(
        name: .customLong("pkcs11-lacking"),
        help: ArgumentHelp(
            "What the module does not know: modifiable, copyable, allowed-mechanisms.",
            valueName: "list"))
    var lacking = ""

    @Option(name: .customLong("pkcs11-sessions"), help: "Calls at once, at most.")
    var sessions = PKCS11Configuration.defaultMaximumSessionCount

    /// Nil where no token is named.
    func configuration() throws -> PKCS11Configuration? {
        guard module != nil || label != nil || pinFile != nil || serial != nil else { return nil }
        guard let module, let label, let pinFile else {
            throw CommandError(
                .usage, "--pkcs11-module, --pkcs11-token and --pkcs11-pin-file go together")
        }
        do throws(PKCS11Configuration.Invalid) {
            return try PKCS11Configuration(
                modulePath: module, tokenLabel: label, tokenSerial: serial, pin: Self.pin(pinFile),
                ivMode: .parse(ivMode), lacking: PKCS11Configuration.Hardening.parse(lacking),
                maximumSessionCount: sessions)
        } catch {
            throw CommandError(.usage, "\(error)")
        }
    }

    /// A credential of systemd's has a mode of its own.
    private static func pin(_ path: String) -> PINFile {
        guard let directory = ProcessInfo.processInfo.environment["CREDENTIALS_DIRECTORY"],
            path.hasPrefix(directory + "/")
        else { return PINFile(path: path) }
        return PINFile(credential: String(path.dropFirst(directory.count + 1)), in: directory)
    }
}

/// How a command reports.
struct ReportOptions: ParsableArguments {
    @Flag(help: "Print JSON.")
    var json = false
}

/// A moment as the program prints it: ISO 8601, in UTC.
func timeText(_ seconds: Double) -> String {
    Date(timeIntervalSince1970: seconds).formatted(.iso8601)
}

import Foundation
import LibCrypto
import Testing

@testable import OKMSEngine

/// A token of SoftHSM 2, made once in a test process and shared by all its tests: the module reads
/// its configuration once, from the environment.
enum SoftHSM {
    static let modulePath = "/usr/lib/softhsm/libsofthsm2.so"
    static let label = "okms tests"
    private static let pin = "123456"

    /// False skips the tests that need it. Continuous integration has it, or fails.
    static let isThere =
        FileManager.default.fileExists(atPath: modulePath)
        || ProcessInfo.processInfo.environment["CI"] == "true"

    static let reasonToSkip: Comment = "SoftHSM is not installed (Debian's package softhsm2)"

    private static let pinPath = Result {
        let directory = try ProcessDirectory.shared.get()
        let configuration = directory + "/softhsm2.conf"
        try FileManager.default.createDirectory(
            atPath: directory + "/tokens", withIntermediateDirectories: false)
        try Data(
            """
            directories.tokendir = \(directory)/tokens
            objectstore.backend = file
            log.level = ERROR
            slots.removable = false
            slots.mechanisms = ALL

            """.utf8
        ).write(to: URL(filePath: configuration))
        unsafe setenv("SOFTHSM2_CONF", configuration, 1)
        try run(
            "softhsm2-util", "--init-token", "--free", "--label", label, "--so-pin", "87654321",
            "--pin", pin)
        let path = directory + "/pin"
        try Data(pin.utf8).write(to: URL(filePath: path))
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
        return path
    }

    static func configuration(
        ivMode: PKCS11Configuration.IVMode? = nil, label: String = label
    ) throws -> PKCS11Configuration {
        try PKCS11Configuration(
            modulePath: modulePath, tokenLabel: label, pin: PINFile(path: pinPath.get()),
            ivMode: ivMode)
    }
}

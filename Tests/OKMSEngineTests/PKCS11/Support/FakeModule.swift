import Foundation
import LibCrypto
import Testing

@testable import OKMSEngine

/// A copy of the fake module (Tests/FakePKCS11), and thereby a module of its own, with no sessions,
/// keys or failures of other tests.
@safe
struct FakeModule: Sendable {
    /// In the order of the C source.
    enum Knob: CInt {
        case ivMode, maximumSessions, saysMaximum, serial, ignoresFlags, ignoresTag, allowsECB
        case tagAnswer, rejects, openSessions, logins, initialized, collisions, stored, lost
        case finalized, away, twins
    }

    enum IVMode: UInt {
        case caller, writeBack, appended16, appended12
        /// Writes back the same IV every time.
        case constant
        /// Uses an IV of its own and tells nobody.
        case silent
        /// Uses zeroes and leaves the buffer alone.
        case notWritten
    }

    enum Function: CInt {
        case open, login, generate, find, encryptInit, encrypt, decryptInit, decrypt, destroy
    }

    static let label = "fake"
    let path: String
    let pinPath: String
    private let setKnob: @convention(c) (CInt, UInt) -> Void
    private let getKnob: @convention(c) (CInt) -> UInt
    private let failFunction: @convention(c) (CInt, UInt, UInt) -> Void

    /// Lends a fresh module with the right PIN in a file.
    static func with(
        _ mode: IVMode = .caller, _ body: (FakeModule) throws -> Void
    ) throws {
        try withTemporaryDirectory { directory in
            let fake = try FakeModule(in: directory)
            fake.set(.ivMode, mode.rawValue)
            try body(fake)
        }
    }

    private init(in directory: String) throws {
        path = directory + "/fake.so"
        pinPath = directory + "/pin"
        try FileManager.default.copyItem(atPath: Self.library.get(), toPath: path)
        let module = unsafe try #require(unsafe dlopen(path, RTLD_NOW | RTLD_LOCAL))
        func symbol(_ name: String) throws -> UnsafeMutableRawPointer {
            unsafe try #require(unsafe dlsym(module, name))
        }
        unsafe setKnob = try unsafeBitCast(
            symbol("fake_set"), to: (@convention(c) (CInt, UInt) -> Void).self)
        unsafe getKnob = try unsafeBitCast(
            symbol("fake_get"), to: (@convention(c) (CInt) -> UInt).self)
        unsafe failFunction = try unsafeBitCast(
            symbol("fake_fail"), to: (@convention(c) (CInt, UInt, UInt) -> Void).self)
        try writePIN("fake-pin\n")
    }

    func set(_ knob: Knob, _ value: UInt) { setKnob(knob.rawValue, value) }
    func get(_ knob: Knob) -> UInt { getKnob(knob.rawValue) }

    /// The next calls of a function answer so.
    func fail(_ function: Function, with answer: UInt, times: UInt = 1) {
        failFunction(function.rawValue, answer, times)
    }

    /// As a new file each time, so that no two have the same version.
    func writePIN(_ text: String) throws {
        let fresh = pinPath + ".new"
        try Data(text.utf8).write(to: URL(filePath: fresh))
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: fresh)
        #expect(unsafe rename(fresh, pinPath) == 0)
    }

    func configuration(
        ivMode: PKCS11Configuration.IVMode? = nil, serial: String? = nil,
        lacking: Set<PKCS11Configuration.Hardening> = [], sessions: Int = 4
    ) throws -> PKCS11Configuration {
        try PKCS11Configuration(
            modulePath: path, tokenLabel: Self.label, tokenSerial: serial,
            pin: PINFile(path: pinPath), ivMode: ivMode, lacking: lacking,
            maximumSessionCount: sessions)
    }

    /// Built once in a process; removed with its directory when the process ends.
    private static let library = Result {
        let root = URL(filePath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let output = try ProcessDirectory.shared.get() + "/fake.so"
        try run(
            "clang", "-shared", "-fPIC", "-O1", "-Wall", "-Wextra", "-Werror",
            "-I\(root.path)/Sources/CPKCS11/include", "\(root.path)/Tests/FakePKCS11/FakeModule.c",
            "-o", output, "-lcrypto")
        return output
    }
}

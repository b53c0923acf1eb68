/// What a PKCS#11 call answers: 0 where it did what it was asked.
/// Source: PKCS#11 2.40 §5.1; `AEAD_DECRYPT_FAILED` is of 3.0.
struct ReturnCode: RawRepresentable, Hashable, Sendable {
    let rawValue: UInt

    static let ok = ReturnCode(rawValue: 0)
    static let functionNotSupported = ReturnCode(rawValue: 0x54)
    static let keyHandleInvalid = ReturnCode(rawValue: 0x60)
    static let objectHandleInvalid = ReturnCode(rawValue: 0x82)
    static let userAlreadyLoggedIn = ReturnCode(rawValue: 0x100)
    static let userNotLoggedIn = ReturnCode(rawValue: 0x101)
    static let sessionClosed = ReturnCode(rawValue: 0xb0)
    static let sessionCount = ReturnCode(rawValue: 0xb1)
    static let mechanismParameterInvalid = ReturnCode(rawValue: 0x71)
    static let notInitialized = ReturnCode(rawValue: 0x190)
    static let alreadyInitialized = ReturnCode(rawValue: 0x191)
    static let libraryLoadFailed = ReturnCode(rawValue: 0x1c2)

    /// The connection to the token is gone, wholly or for this session: SLOT_ID_INVALID,
    /// DEVICE_ERROR, DEVICE_REMOVED, SESSION_CLOSED, SESSION_HANDLE_INVALID, TOKEN_NOT_PRESENT,
    /// TOKEN_NOT_RECOGNIZED, USER_NOT_LOGGED_IN, CRYPTOKI_NOT_INITIALIZED.
    private static let lost: Set<UInt> = [0x3, 0x30, 0x32, 0xb0, 0xb3, 0xe0, 0xe1, 0x101, 0x190]

    /// What modules answer for a wrong tag: GENERAL_ERROR (SoftHSM), FUNCTION_FAILED, DATA_INVALID,
    /// DATA_LEN_RANGE, ENCRYPTED_DATA_INVALID, ENCRYPTED_DATA_LEN_RANGE, AEAD_DECRYPT_FAILED,
    /// SIGNATURE_INVALID.
    private static let refusedTags: Set<UInt> = [0x5, 0x6, 0x20, 0x21, 0x40, 0x41, 0x42, 0xc0]

    /// PIN_INCORRECT, PIN_INVALID, PIN_LEN_RANGE, PIN_EXPIRED, PIN_LOCKED.
    private static let refusedPINs: Set<UInt> = [0xa0, 0xa1, 0xa2, 0xa3, 0xa4]

    var meansLostToken: Bool { Self.lost.contains(rawValue) }
    /// GENERAL_ERROR and FUNCTION_FAILED, which say nothing: SoftHSM answers so when its token is away.
    var isUnspecific: Bool { rawValue == 0x5 || rawValue == 0x6 }
    var meansStaleHandle: Bool { self == .keyHandleInvalid || self == .objectHandleInvalid }
    /// Some of these codes also mean a fault of the device; only another decryption tells.
    var mayMeanRefusedTag: Bool { Self.refusedTags.contains(rawValue) }
    var meansRefusedPIN: Bool { Self.refusedPINs.contains(rawValue) }
}

extension ReturnCode: CustomStringConvertible {
    /// The name in the standard and the number, which is what vendors' manuals are searched for.
    var description: String {
        let number = "0x" + String(rawValue, radix: 16)
        if let name = Self.names[rawValue] { return "CKR_\(name) (\(number))" }
        return rawValue >= 0x8000_0000
            ? "the vendor's own code \(number)" : "the unknown code \(number)"
    }

    private static let names: [UInt: String] = [
        0x0: "OK",
        0x1: "CANCEL",
        0x2: "HOST_MEMORY",
        0x3: "SLOT_ID_INVALID",
        0x5: "GENERAL_ERROR",
        0x6: "FUNCTION_FAILED",
        0x7: "ARGUMENTS_BAD",
        0x8: "NO_EVENT",
        0x9: "NEED_TO_CREATE_THREADS",
        0xa: "CANT_LOCK",
        0x10: "ATTRIBUTE_READ_ONLY",
        0x11: "ATTRIBUTE_SENSITIVE",
        0x12: "ATTRIBUTE_TYPE_INVALID",
        0x13: "ATTRIBUTE_VALUE_INVALID",
        0x1b: "ACTION_PROHIBITED",
        0x20: "DATA_INVALID",
        0x21: "DATA_LEN_RANGE",
        0x30: "DEVICE_ERROR",
        0x31: "DEVICE_MEMORY",
        0x32: "DEVICE_REMOVED",
        0x40: "ENCRYPTED_DATA_INVALID",
        0x41: "ENCRYPTED_DATA_LEN_RANGE",
        0x42: "AEAD_DECRYPT_FAILED",
        0x50: "FUNCTION_CANCELED",
        0x51: "FUNCTION_NOT_PARALLEL",
        0x54: "FUNCTION_NOT_SUPPORTED",
        0x60: "KEY_HANDLE_INVALID",
        0x62: "KEY_SIZE_RANGE",
        0x63: "KEY_TYPE_INCONSISTENT",
        0x64: "KEY_NOT_NEEDED",
        0x65: "KEY_CHANGED",
        0x66: "KEY_NEEDED",
        0x67: "KEY_INDIGESTIBLE",
        0x68: "KEY_FUNCTION_NOT_PERMITTED",
        0x69: "KEY_NOT_WRAPPABLE",
        0x6a: "KEY_UNEXTRACTABLE",
        0x70: "MECHANISM_INVALID",
        0x71: "MECHANISM_PARAM_INVALID",
        0x82: "OBJECT_HANDLE_INVALID",
        0x90: "OPERATION_ACTIVE",
        0x91: "OPERATION_NOT_INITIALIZED",
        0xa0: "PIN_INCORRECT",
        0xa1: "PIN_INVALID",
        0xa2: "PIN_LEN_RANGE",
        0xa3: "PIN_EXPIRED",
        0xa4: "PIN_LOCKED",
        0xb0: "SESSION_CLOSED",
        0xb1: "SESSION_COUNT",
        0xb3: "SESSION_HANDLE_INVALID",
        0xb4: "SESSION_PARALLEL_NOT_SUPPORTED",
        0xb5: "SESSION_READ_ONLY",
        0xb6: "SESSION_EXISTS",
        0xb7: "SESSION_READ_ONLY_EXISTS",
        0xb8: "SESSION_READ_WRITE_SO_EXISTS",
        0xc0: "SIGNATURE_INVALID",
        0xc1: "SIGNATURE_LEN_RANGE",
        0xd0: "TEMPLATE_INCOMPLETE",
        0xd1: "TEMPLATE_INCONSISTENT",
        0xe0: "TOKEN_NOT_PRESENT",
        0xe1: "TOKEN_NOT_RECOGNIZED",
        0xe2: "TOKEN_WRITE_PROTECTED",
        0xf0: "UNWRAPPING_KEY_HANDLE_INVALID",
        0xf1: "UNWRAPPING_KEY_SIZE_RANGE",
        0xf2: "UNWRAPPING_KEY_TYPE_INCONSISTENT",
        0x100: "USER_ALREADY_LOGGED_IN",
        0x101: "USER_NOT_LOGGED_IN",
        0x102: "USER_PIN_NOT_INITIALIZED",
        0x103: "USER_TYPE_INVALID",
        0x104: "USER_ANOTHER_ALREADY_LOGGED_IN",
        0x105: "USER_TOO_MANY_TYPES",
        0x110: "WRAPPED_KEY_INVALID",
        0x112: "WRAPPED_KEY_LEN_RANGE",
        0x113: "WRAPPING_KEY_HANDLE_INVALID",
        0x114: "WRAPPING_KEY_SIZE_RANGE",
        0x115: "WRAPPING_KEY_TYPE_INCONSISTENT",
        0x120: "RANDOM_SEED_NOT_SUPPORTED",
        0x121: "RANDOM_NO_RNG",
        0x130: "DOMAIN_PARAMS_INVALID",
        0x140: "CURVE_NOT_SUPPORTED",
        0x150: "BUFFER_TOO_SMALL",
        0x160: "SAVED_STATE_INVALID",
        0x170: "INFORMATION_SENSITIVE",
        0x180: "STATE_UNSAVEABLE",
        0x190: "CRYPTOKI_NOT_INITIALIZED",
        0x191: "CRYPTOKI_ALREADY_INITIALIZED",
        0x1a0: "MUTEX_BAD",
        0x1a1: "MUTEX_NOT_LOCKED",
        0x1b0: "NEW_PIN_MODE",
        0x1b1: "NEXT_OTP",
        0x1c0: "EXCEEDED_MAX_ITERATIONS",
        0x1c1: "FIPS_SELF_TEST_FAILED",
        0x1c2: "LIBRARY_LOAD_FAILED",
        0x1c3: "PIN_TOO_WEAK",
        0x1c4: "PUBLIC_KEY_INVALID",
        0x200: "FUNCTION_REJECTED",
    ]
}

import Testing

@testable import OKMSEngine

@Suite struct ReturnCodeTests {
    @Test func `a code is told by its name and number`() {
        #expect("\(ReturnCode(rawValue: 0xa0))" == "CKR_PIN_INCORRECT (0xa0)")
        #expect("\(ReturnCode(rawValue: 0x1b))" == "CKR_ACTION_PROHIBITED (0x1b)")
        #expect("\(ReturnCode(rawValue: 0x8000_0001))" == "the vendor's own code 0x80000001")
        #expect("\(ReturnCode(rawValue: 0x7777))" == "the unknown code 0x7777")
    }

    @Test func `every code of the standard that matters has one meaning at most`() {
        for number in UInt(0)...0x1000 {
            let code = ReturnCode(rawValue: number)
            let meanings = [
                code.meansLostToken, code.meansStaleHandle, code.mayMeanRefusedTag,
                code.meansRefusedPIN,
            ]
            #expect(meanings.count { $0 } <= 1)
            if meanings.contains(true) { #expect("\(code)".hasPrefix("CKR_")) }
        }
    }

    @Test func `an error names the function that failed`() {
        let error = PKCS11Error.refused(function: "C_Login", ReturnCode(rawValue: 0xa4))
        #expect(HSMError(error) == .failed("C_Login answered CKR_PIN_LOCKED (0xa4)"))
        #expect(HSMError(.unknownObject) == .unusableMaterial)
        #expect(HSMError(.cannotDecrypt) == .cannotDecrypt)
    }
}

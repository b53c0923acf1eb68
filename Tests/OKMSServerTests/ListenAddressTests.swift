import Testing

@testable import OKMSServer

@Suite struct ListenAddressTests {
    @Test(arguments: ["127.0.0.1:8200", "0.0.0.0:0", "[::1]:8200", "[2001:db8::1]:443"])
    func `an address and a port are read and written alike`(text: String) throws {
        #expect(try #require(ListenAddress(text)).description == text)
    }

    @Test(arguments: [
        "", "8200", ":8200", "localhost:8200", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536",
        "127.0.0.1:+1", "127.0.0.1:-1", "::1:8200", "[::1]", "[127.0.0.1]:1", "[::1:8200",
        "127.0.0.1:8200 ", "1.2.3:4",
    ])
    func `anything else is none`(text: String) {
        #expect(ListenAddress(text) == nil)
    }

    @Test func `only loopback is out of reach of others`() {
        for text in ["127.0.0.1:1", "127.8.9.10:1", "[::1]:1"] {
            #expect(ListenAddress(text)?.isLoopback == true)
        }
        for text in ["0.0.0.0:1", "10.0.0.1:1", "[::]:1", "[fe80::1]:1", "128.0.0.1:1"] {
            #expect(ListenAddress(text)?.isLoopback == false)
        }
    }
}

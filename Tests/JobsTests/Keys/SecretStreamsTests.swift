import Foundation
import LibCrypto
import Testing

@testable import Jobs

@Suite struct SecretStreamsTests {
    private func secret(_ count: Int) -> SecretBytes {
        SecretBytes(count: count) { bytes in
            for i in 0..<count { bytes[i] = UInt8(truncatingIfNeeded: i) }
        }
    }

    @Test func `a secret goes into a new file of its owner's alone`() throws {
        let place = try Workplace()
        try SecretOutput.write(secret(32), toNewFile: place("key"))
        #expect(try place.read("key") == [UInt8](0..<32))
        #expect(try place.shell("stat -c %a key").output == "600\n")
    }

    @Test func `a file that is there is neither changed nor followed`() throws {
        let place = try Workplace()
        try place.write("old", [1])
        try place.shell("ln -s nowhere link")
        for name in ["old", "link", "no/where"] {
            #expect(throws: JobError.self) {
                try SecretOutput.write(secret(32), toNewFile: place(name))
            }
        }
        #expect(try place.read("old") == [1])
        #expect(try place.shell("ls | sort").output == "link\nold\n")
    }
}

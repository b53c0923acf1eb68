import LibCrypto
import OKMS
import OKMSConformance
import Testing

@testable import OKMSEngine

@Suite struct EncryptionBudgetTests {
    @Test func `blocks grow with use, up to the largest`() throws {
        let budget = EncryptionBudget()
        let material = KeyMaterial(key: try .random(), version: 1, token: [])
        var blocks: [Int] = []
        for _ in 0..<300_000 {
            let isGranted = budget.spend(on: material) { count in
                blocks.append(count)
                return count
            }
            #expect(isGranted)
        }
        #expect(blocks.prefix(5) == [64, 64, 128, 256, 512])
        #expect(blocks.suffix(2) == [65_536, 65_536])
        #expect(blocks.reduce(0, +) - 300_000 < 65_536)
    }

    @Test func `each version of each key has a budget of its own`() throws {
        let budget = EncryptionBudget()
        let key = try KeyID.random()
        var grants = 0
        for version in [1, 2, 1, 2] as [UInt32] {
            let material = KeyMaterial(key: key, version: version, token: [])
            _ = budget.spend(on: material) { count in
                grants += 1
                return count
            }
        }
        #expect(grants == 2)
    }

    @Test func `at the limit a key stops encrypting and goes on decrypting`() throws {
        try withTemporaryDirectory { directory in
            var settings = OKMSEngine.Settings()
            settings.encryptionsPerMaterial = 70
            let engine = try OKMSEngine(store: directory, settings: settings).service()
            var last: WrappedDataKey?
            for _ in 0..<70 {
                last = try engine.encrypt(secret([1]), under: .accountDefault, context: .empty)
            }
            expect(.invalidState) {
                try engine.encrypt(secret([1]), under: .accountDefault, context: .empty)
            }
            expect(.invalidState) {
                try engine.generateDataKey(byteCount: 32, under: .accountDefault, context: .empty)
            }
            let blob = try #require(last).ciphertext
            _ = try engine.decrypt(blob, under: .accountDefault, context: .empty)
            let other = KeyName.arn(try engine.createKey(description: "").arn)
            _ = try engine.encrypt(secret([1]), under: other, context: .empty)
        }
    }

    @Test func `what one engine was granted another is not`() throws {
        try withTemporaryDirectory { directory in
            var settings = OKMSEngine.Settings()
            settings.encryptionsPerMaterial = 65
            let one = try OKMSEngine(store: directory, settings: settings).service()
            _ = try one.encrypt(secret([1]), under: .accountDefault, context: .empty)
            let other = try OKMSEngine(store: directory, settings: settings).service()
            _ = try other.encrypt(secret([1]), under: .accountDefault, context: .empty)
            expect(.invalidState) {
                try other.encrypt(secret([1]), under: .accountDefault, context: .empty)
            }
            _ = try one.encrypt(secret([1]), under: .accountDefault, context: .empty)
        }
    }

    @Test func `the limit is well before 2 to the 32`() {
        #expect(EncryptionTally.limit <= 1 << 31)
    }
}

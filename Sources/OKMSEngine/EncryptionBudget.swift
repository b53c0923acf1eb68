import Locking
import OKMS

/// Spends the encryptions this process was granted, so that few calls need a write transaction.
///
/// Grants come in blocks: small at first, because a short-lived process loses what it does not use,
/// and as large as all earlier ones together, because a busy one should not wait for the disk.
final class EncryptionBudget: Sendable {
    static let smallestBlock = 64
    static let largestBlock = 65_536

    private struct Version: Hashable {
        let key: KeyID
        let version: UInt32
    }

    private struct Balance {
        var left = 0
        var granted = 0
    }

    private let balances = Monitor<[Version: Balance]>([:])

    /// Spends one encryption, after asking `grant` for a block if none is left.
    ///
    /// `grant` is called without any lock held, by several threads at worst, which only grants more.
    /// Returns false if it grants nothing.
    func spend(on material: KeyMaterial, grant: (Int) throws -> Int) rethrows -> Bool {
        let version = Version(key: material.key, version: material.version)
        let block: Int? = balances.update { balances in
            var balance = balances[version] ?? Balance()
            guard balance.left > 0 else {
                return min(max(balance.granted, Self.smallestBlock), Self.largestBlock)
            }
            balance.left -= 1
            balances[version] = balance
            return nil
        }
        guard let block else { return true }
        let granted = try grant(block)
        guard granted > 0 else { return false }
        balances.update { balances in
            balances[version, default: Balance()].granted += granted
            balances[version, default: Balance()].left += granted - 1
        }
        return true
    }
}

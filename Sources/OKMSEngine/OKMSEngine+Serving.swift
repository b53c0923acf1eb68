import Locking
import SystemIO

extension OKMSEngine {
    static let servingLockName = "serve.lock"

    /// Keeps everyone else from serving this store for as long as this engine lives. Whoever only
    /// uses or administers the store is not kept from it.
    ///
    /// Throws `served` where another engine has claimed that already. Two servers would each count
    /// rates and failed signatures for themselves.
    package func claimServing() throws(StoreError) {
        let path = "\(directory.path)/\(Self.servingLockName)"
        do throws(FileLock.Failure) {
            let lock = try FileLock(path: path, adopt: directory.giveToOwner)
            servingLock.update { $0 = lock }
        } catch {
            switch error {
            case .isHeld: throw .served(directory: directory.path)
            case .system(let number):
                throw .cannotOpen(path: path, reason: systemMessage(number))
            }
        }
    }
}

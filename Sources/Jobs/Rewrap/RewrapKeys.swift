import Archive
import Envelope
import LibCrypto
import OKMS

/// The customer master keys archives are moved to.
struct RewrapKeys: Sendable {
    private let service: any KeyManagementService
    private let targets: [KeyARN]

    /// Asks the service which keys are meant, unless they are named by their ARNs.
    init(_ names: [String], of service: any KeyManagementService) throws {
        var targets: [KeyARN] = []
        for name in try names.map({ try KeyName($0) }) {
            let target: KeyARN
            if case .arn(let arn) = name {
                target = arn
            } else {
                target = try service.describeKey(name).arn
            }
            if !targets.contains(target) { targets.append(target) }
        }
        guard !targets.isEmpty else { throw JobError(.usage, "no key is named") }
        guard targets.count <= MessageHeader.maximumWrappedKeyCount else {
            throw JobError(
                .usage, "an archive has at most \(MessageHeader.maximumWrappedKeyCount) keys")
        }
        self.service = service
        self.targets = targets
    }

    var arns: [String] { targets.map(\.description) }

    /// Wraps the data key of an archive under every key, in the archive's context.
    func wrap(_ archive: OpenArchive) throws -> [WrappedDataKey] {
        try targets.map { target in
            let wrapped = try service.encrypt(
                archive.dataKey, under: .arn(target), context: archive.context)
            guard wrapped.key == target else {
                throw JobError(.keyRefused, "the service used \(wrapped.key), not \(target)")
            }
            return wrapped
        }
    }

    /// Whether every key could wrap it, which only a dry run asks.
    func check(_ archive: OpenArchive) throws {
        for target in targets {
            do throws(KeyServiceError) {
                _ = try service.encrypt(
                    archive.dataKey, under: .arn(target), context: archive.context, dryRun: true)
            } catch {
                guard error.code == .dryRunOperation else { throw error }
            }
        }
    }

    /// Proves that every wrapped key gives back the data key. Returns what could not be proved,
    /// because whoever rewraps need not be allowed to open.
    func prove(_ wrapped: [WrappedDataKey], open archive: OpenArchive) throws -> [String] {
        var notices: [String] = []
        for key in wrapped {
            do {
                let opened = try service.decrypt(
                    key.ciphertext, under: .arn(key.key), context: archive.context
                ).takePlaintext()
                let isSame = opened.withBytes { opened in
                    archive.dataKey.withBytes { constantTimeEqual(opened, $0) }
                }
                guard isSame else {
                    throw JobError(
                        .failed, "\(key.key) does not give back what it wrapped",
                        hint: "the archive is as it was; something is wrong with the key service")
                }
            } catch let error as KeyServiceError where error.code == .accessDenied {
                notices.append("not proved that \(key.key) opens it: \(error.message)")
            }
        }
        return notices
    }
}

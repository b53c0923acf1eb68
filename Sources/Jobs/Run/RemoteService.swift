import OKMS
import OKMSClient

/// What a key service elsewhere is asked with, beside what the job says: taken from the environment
/// of the program, used when a job names such a service.
package struct RemoteService: Sendable {
    let credentials: CredentialSources
    /// Certificates to trust, in PEM, in place of the system's.
    let trustFile: String?

    /// `OKMS_CA_BUNDLE` or `AWS_CA_BUNDLE`, and whatever `CredentialSources` takes.
    package init(variables: [String: String]) {
        credentials = CredentialSources(variables: variables)
        trustFile = ["OKMS_CA_BUNDLE", "AWS_CA_BUNDLE"].compactMap { variables[$0] }
            .first { !$0.isEmpty }
    }

    /// Makes no call yet. `tool` names the program to the service; `profile` says whose access key is
    /// used, where it is not the caller's own.
    func client(
        at url: String, region: String, as profile: String?, tool: String,
        isCancelled: @escaping @Sendable () -> Bool
    ) throws -> any KeyManagementService {
        var settings = OKMSClient.Settings()
        settings.trustFile = trustFile
        settings.isCancelled = isCancelled
        settings.userAgent = tool.split(separator: " ").joined(separator: "/")
        do throws(ClientSetupError) {
            return try OKMSClient(
                endpoint: Endpoint(url), region: region, accessKey: accessKey(of: profile),
                settings: settings)
        } catch {
            throw Self.explain(error)
        }
    }

    func accessKey(of profile: String?) throws(ClientSetupError) -> AccessKey {
        guard let profile else { return try credentials.accessKey() }
        return try credentials.accessKey(ofProfile: profile)
    }

    private static func explain(_ error: ClientSetupError) -> JobError {
        switch error {
        case .invalidEndpoint, .noRegion, .invalidRegion: JobError(.usage, "\(error)")
        case .insecureEndpoint:
            JobError(.usage, "\(error)", hint: "name the service by an https:// URL")
        case .noCredentials:
            JobError(
                .keyRefused, "\(error)",
                hint: "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a profile by "
                    + "AWS_PROFILE")
        case .unusableCredentials: JobError(.keyRefused, "\(error)")
        }
    }
}

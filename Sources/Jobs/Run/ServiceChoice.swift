extension KeyChoice.Service {
    /// Variables that name a service where no flag does, the first one first: this program's own,
    /// and those of the AWS SDKs. Empty ones count as absent.
    static let endpointVariables = ["OKMS_ENDPOINT", "AWS_ENDPOINT_URL_KMS", "AWS_ENDPOINT_URL"]

    /// The service that a command line names, or else the environment, or else the embedded one.
    ///
    /// A service with a URL has a region: the one named, or the environment's.
    package init(
        naming name: String?, region: String?, variables: [String: String]
    ) throws(JobError) {
        let found = Self.firstSet(of: Self.endpointVariables, in: variables)
        let service = name ?? found?.value ?? "embedded"
        if let problem = TextRule.service.problem(service) {
            let place = name == nil ? found.map { "\($0.name): " } ?? "" : ""
            throw JobError(.usage, place + problem.message, hint: problem.hint)
        }
        guard service != "embedded" else {
            guard region == nil else {
                throw JobError(
                    .usage, "the embedded service has no region",
                    hint: "leave out --region, or name a service by URL")
            }
            self = .embedded
            return
        }
        guard let region = region ?? Self.region(in: variables) else {
            throw JobError(
                .usage, "the service \(service) needs a region",
                hint: "name it with --region or AWS_REGION")
        }
        if let problem = TextRule.region.problem(region) {
            throw JobError(.usage, problem.message, hint: problem.hint)
        }
        self = .endpoint(url: service, region: region)
    }

    /// The region of the environment: `AWS_REGION`, or else `AWS_DEFAULT_REGION`.
    static func region(in variables: [String: String]) -> String? {
        firstSet(of: ["AWS_REGION", "AWS_DEFAULT_REGION"], in: variables)?.value
    }

    private static func firstSet(
        of names: [String], in variables: [String: String]
    ) -> (name: String, value: String)? {
        for name in names {
            if let value = variables[name], !value.isEmpty { return (name, value) }
        }
        return nil
    }
}

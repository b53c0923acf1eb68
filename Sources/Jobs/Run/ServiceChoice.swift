extension KeyChoice.Service {
    /// The service that a command line names, or else the environment: `OKMS_ENDPOINT`, and the
    /// embedded one where that is not set.
    ///
    /// A service with a URL has a region: the one named, or `AWS_REGION`, or `AWS_DEFAULT_REGION`.
    package init(
        naming name: String?, region: String?, variables: [String: String]
    ) throws(JobError) {
        func value(_ name: String) -> String? { variables[name].flatMap { $0.isEmpty ? nil : $0 } }
        let service = name ?? value("OKMS_ENDPOINT") ?? "embedded"
        if let problem = TextRule.service.problem(service) {
            throw JobError(.usage, problem.message, hint: problem.hint)
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
        guard let region = region ?? value("AWS_REGION") ?? value("AWS_DEFAULT_REGION") else {
            throw JobError(
                .usage, "the service \(service) needs a region",
                hint: "name it with --region or AWS_REGION")
        }
        if let problem = TextRule.region.problem(region) {
            throw JobError(.usage, problem.message, hint: problem.hint)
        }
        self = .endpoint(url: service, region: region)
    }
}

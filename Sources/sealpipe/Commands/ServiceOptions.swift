import ArgumentParser
import Foundation
import Jobs
import OKMS

/// Which key management service.
struct ServiceOptions: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp(
            """
            'embedded', or the URL of a service; by default OKMS_ENDPOINT, AWS_ENDPOINT_URL_KMS or \
            AWS_ENDPOINT_URL, or else embedded.
            """,
            valueName: "service"))
    var service: String?

    @Option(
        name: .long, help: "Region of a service with a URL; by default AWS_REGION.")
    var region: String?

    func choice() throws -> KeyChoice.Service {
        try KeyChoice.Service(
            naming: service, region: region, variables: ProcessInfo.processInfo.environment)
    }

    /// Calls the service, until a signal ends it. `making`: whether an embedded one may be made now, with
    /// its default key: whoever looks for keys finds none in a new one. `body` waits for nothing else:
    /// standard input has been read before.
    func call(
        _ report: ReportOptions, making: Bool = false,
        _ body: (any KeyManagementService) throws -> Void
    ) throws -> ExitStatus {
        report.apply()
        try JobExecution.cancellable { cancellation in
            try body(
                JobExecution.environment().keyService(
                    choice(), making: making, cancelledBy: cancellation))
        }
        return .done
    }

    /// Changes a key and shows what it is now; only its name where that may not be asked.
    func change(
        _ key: String, _ report: ReportOptions,
        _ body: (any KeyManagementService, KeyName) throws -> Void
    ) throws -> ExitStatus {
        try call(report) { service in
            let name = try service.managed(key)
            try body(service, name)
            let now: KeyMetadata
            do throws(KeyServiceError) { now = try service.describeKey(name) } catch {
                guard error.code == .accessDenied else { throw error }
                return Console.shared.notice("\(name) was changed; it may not be described")
            }
            try KeyReport.show([now], report, isList: false)
        }
    }
}

extension KeyManagementService {
    /// The key that a user wants to manage. Management takes no alias, and `default` is one.
    func managed(_ text: String) throws(KeyServiceError) -> KeyName {
        let name = try KeyName(text)
        return name == .accountDefault ? .arn(try describeKey(name).arn) : name
    }
}

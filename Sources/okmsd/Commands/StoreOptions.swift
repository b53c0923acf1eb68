import ArgumentParser
import Foundation
import OKMS
import OKMSEngine

/// Which store a command works on, and what opens it.
struct StoreOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The store. Without it: OKMS_STORE.", valueName: "directory"))
    var store: String?

    @Option(
        help: ArgumentHelp(
            "The region of the store's keys, which never changes. Without it: that of the store, or eu-west-2 for a new one.",
            valueName: "name"))
    var region: String?

    @Option(
        help: ArgumentHelp(
            "The root key, if it is not root.key in the store. Without it: OKMS_ROOT_KEY_FILE.",
            valueName: "file"))
    var rootKeyFile: String?

    func directory() throws -> String {
        let environment = ProcessInfo.processInfo.environment
        guard let directory = store ?? environment["OKMS_STORE"], !directory.isEmpty else {
            throw CommandError(
                .usage, "no store is named", hint: "give --store DIRECTORY, or set OKMS_STORE")
        }
        return directory
    }

    /// `making`: whether a store that is not there is made.
    func open(making: Bool) throws -> OKMSEngine {
        let rootKeyFile =
            self.rootKeyFile ?? ProcessInfo.processInfo.environment["OKMS_ROOT_KEY_FILE"]
        let directory = try directory()
        do {
            return try OKMSEngine(
                store: directory, rootKeyFile: rootKeyFile, region: region ?? "eu-west-2",
                createIfMissing: making)
        } catch {
            // Where nobody asked for a region, the store's own is meant.
            guard region == nil, case .otherRegion(_, let stored, _) = error else { throw error }
            return try OKMSEngine(
                store: directory, rootKeyFile: rootKeyFile, region: stored, createIfMissing: false)
        }
    }
}

/// How a command reports.
struct ReportOptions: ParsableArguments {
    @Flag(help: "Print JSON.")
    var json = false
}

/// An account as it is named on the command line.
extension AccountID: ExpressibleByArgument {
    package init?(argument: String) { self.init(argument) }
}

/// A moment as the program prints it: ISO 8601, in UTC.
func timeText(_ seconds: Double) -> String {
    Date(timeIntervalSince1970: seconds).formatted(.iso8601)
}

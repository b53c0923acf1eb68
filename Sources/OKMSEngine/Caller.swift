private import FoundationEssentials

/// Who makes a call, as the audit trail tells it.
package struct Caller: Hashable, Sendable {
    package let requestID: String
    /// Nil where no access key was needed: in the process itself.
    package let accessKeyID: String?
    /// Where the call came from: an address, or the name of a program.
    package let source: String?
    /// What the request has and its action does not know.
    package let unknownMembers: [String]

    package init(
        requestID: String, accessKeyID: String?, source: String?, unknownMembers: [String] = []
    ) {
        self.requestID = requestID
        self.accessKeyID = accessKeyID
        self.source = source
        self.unknownMembers = unknownMembers
    }

    /// The process that holds the engine, under a request id of its own.
    package static func thisProcess() -> Caller {
        let name = CommandLine.arguments.first.map { $0.split(separator: "/").last ?? "" } ?? ""
        let process = ProcessInfo.processInfo.processIdentifier
        return Caller(
            requestID: UUID().uuidString.lowercased(), accessKeyID: nil,
            source: "process \(process) \(name)")
    }
}

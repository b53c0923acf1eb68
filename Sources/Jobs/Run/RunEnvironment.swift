package import OKMS
import OKMSEngine

/// What a run takes from around it, as values: no part of the library reads the environment itself.
package struct RunEnvironment: Sendable {
    /// The directory of the embedded key store.
    package var store: String
    /// Another place for the root key than the store.
    package var rootKeyFile: String?
    /// The directory for files that are gone when the run ends.
    package var scratch = "/tmp"
    /// Name and version of the program, for manifests.
    package var tool: String
    /// For jobs that take their keys from a service elsewhere.
    package var remote: RemoteService
    /// Told the directory of an embedded key store that was made just now.
    package var tellNewStore: @Sendable (String) -> Void = { _ in }

    package init(
        store: String, rootKeyFile: String? = nil, tool: String,
        remote: RemoteService = RemoteService(variables: [:])
    ) {
        self.store = store
        self.rootKeyFile = rootKeyFile
        self.tool = tool
        self.remote = remote
    }

    /// `TMPDIR`; `OKMS_STORE`, or `okms` in the XDG data directory; `OKMS_ROOT_KEY_FILE`.
    package init(variables: [String: String], tool: String) throws {
        func value(_ name: String) -> String? { variables[name].flatMap { $0.isEmpty ? nil : $0 } }
        let store: String
        if let named = value("OKMS_STORE") {
            store = named
        } else if let data = value("XDG_DATA_HOME"), data.hasPrefix("/") {
            store = "\(data)/okms"
        } else if let home = value("HOME") {
            store = "\(home)/.local/share/okms"
        } else {
            throw JobError(
                .usage, "there is no place for the key store", hint: "set OKMS_STORE or HOME")
        }
        self.init(
            store: store, rootKeyFile: value("OKMS_ROOT_KEY_FILE"), tool: tool,
            remote: RemoteService(variables: variables))
        if let directory = value("TMPDIR") { scratch = directory }
    }

    /// The service a command names. Its calls end when they are cancelled.
    package func keyService(
        _ service: KeyChoice.Service, making: Bool, as profile: String? = nil,
        cancelledBy cancellation: Cancellation
    ) throws -> any KeyManagementService {
        try keyService(service, making: making, as: profile) { cancellation.reason != nil }
    }

    /// Whether a run makes the embedded store that it needs.
    func willMakeStore(for key: KeyChoice) throws -> Bool {
        guard key.service == .embedded, key.names == KeyChoice().names else { return false }
        return try !OKMSEngine.hasStore(in: store)
    }

    /// The service a job names.
    ///
    /// `making`: whether an embedded store may be made now. A run that only opens archives finds no
    /// key in a new one. `profile` is who asks a service elsewhere, if not the caller; `isCancelled`
    /// ends calls to it early.
    package func keyService(
        _ service: KeyChoice.Service, making: Bool, as profile: String? = nil,
        isCancelled: @escaping @Sendable () -> Bool = { false }
    ) throws -> any KeyManagementService {
        switch service {
        case .embedded:
            let engine = try OKMSEngine(
                store: store, rootKeyFile: rootKeyFile, createIfMissing: making)
            if engine.isNew { tellNewStore(store) }
            return engine.service()
        case .endpoint(let url, let region):
            return try remote.client(
                at: url, region: region, as: profile, tool: tool, isCancelled: isCancelled)
        }
    }
}

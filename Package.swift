// swift-tools-version: 6.3
import PackageDescription

/// Every target of ours is built the same way: Swift 6, strict memory safety, no warning left.
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

/// A library of ours and its tests, which stand in `Tests/<name>Tests`.
func library(
    _ name: String, on dependencies: [Target.Dependency] = [],
    testedWith extra: [Target.Dependency] = []
) -> [Target] {
    [
        .target(name: name, dependencies: dependencies, swiftSettings: settings),
        .testTarget(
            name: "\(name)Tests", dependencies: [.target(name: name)] + dependencies + extra,
            swiftSettings: settings),
    ]
}

let package = Package(
    name: "sealpipe",
    products: [
        .executable(name: "sealpipe", targets: ["sealpipe"]),
        .executable(name: "okmsd", targets: ["okmsd"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.83.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.30.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
        .package(
            url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        .systemLibrary(
            name: "CLibCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(
            name: "CLibZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
        .systemLibrary(
            name: "CLibArchive", pkgConfig: "libarchive", providers: [.apt(["libarchive-dev"])]),
        .systemLibrary(
            name: "CLibCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .target(name: "CLinux"),
        .target(name: "CPKCS11"),
        .executableTarget(
            name: "sealpipe",
            dependencies: [
                "Archive", "Jobs", "LibCrypto", "Locking", "OKMS", "Pipeline", "Profiling",
                "SystemIO", "Terminal",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: settings),
        .executableTarget(
            name: "okmsd",
            dependencies: [
                "LibCrypto", "OKMS", "OKMSEngine", "OKMSServer", "SystemIO", "Terminal",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings),
        .testTarget(
            name: "sealpipeTests",
            dependencies: [
                "okmsd", "sealpipe", "Archive", "Envelope", "LibCrypto", "OKMS", "OKMSEngine",
                "TestSupport",
            ], swiftSettings: settings),
        .executableTarget(
            name: "EngineBenchmark", dependencies: ["LibCrypto", "OKMS", "OKMSEngine"],
            path: "Benchmarks/EngineBenchmark", swiftSettings: settings),
        .executableTarget(
            name: "PieceBenchmark",
            dependencies: ["Archive", "Envelope", "LibCrypto", "Locking", "OKMS", "Pipeline"],
            path: "Benchmarks/PieceBenchmark", swiftSettings: settings),
        // Servers, randomness and vectors that the tests of several targets use.
        .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: settings),
        // What every `KeyManagementService` must do: a library, for the tests of each of them.
        .target(
            name: "OKMSConformance", dependencies: ["LibCrypto", "OKMS"],
            path: "Tests/OKMSConformance", swiftSettings: settings),
        // A client that sends what it is told to, for the tests of the server and of its program.
        .target(
            name: "OKMSServerSupport",
            dependencies: [
                "LibCrypto", "OKMS", "OKMSEngine", "OKMSServer", "OKMSWire",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ],
            path: "Tests/OKMSServerSupport", swiftSettings: settings),
        // What readers promise of any bytes; the program that libFuzzer calls; the inputs it found.
        .target(
            name: "FuzzTargets",
            dependencies: ["Archive", "Envelope", "Jobs", "LibCrypto", "OKMS", "OKMSWire"],
            path: "Tests/Fuzz/Targets", swiftSettings: settings),
        .executableTarget(
            name: "Fuzzer", dependencies: ["FuzzTargets"], path: "Tests/Fuzz/Driver",
            swiftSettings: settings),
        .testTarget(
            name: "FuzzTests", dependencies: ["FuzzTargets"], path: "Tests/Fuzz/Replay",
            swiftSettings: settings),
        .testTarget(
            name: "okmsdTests",
            dependencies: ["okmsd", "OKMS", "OKMSEngine", "OKMSServerSupport", "TestSupport"],
            swiftSettings: settings),
        .testTarget(
            name: "InteropTests",
            dependencies: ["Envelope", "LibCrypto", "OKMS", "okmsd", "sealpipe"],
            exclude: ["Python"], swiftSettings: settings),
    ]
        + library("Locking")
        + library("Prometheus")
        + library("SystemIO")
        + library("Terminal", on: ["CLinux", "SystemIO"])
        + library("LibCrypto", on: ["CLibCrypto"])
        + library("OKMS", on: ["LibCrypto"])
        + library("OKMSWire", on: ["Locking", "OKMS", "LibCrypto"], testedWith: ["TestSupport"])
        + library("LibCurl", on: ["CLibCurl", "Locking"], testedWith: ["TestSupport"])
        + library(
            "OKMSClient", on: ["OKMSWire", "OKMS", "LibCurl", "LibCrypto", "Locking", "SystemIO"],
            testedWith: ["TestSupport"])
        + library(
            "OKMSEngine",
            on: [
                "CPKCS11", "Locking", "OKMS", "LibCrypto", "SystemIO",
                .product(name: "GRDB", package: "GRDB.swift"),
            ],
            testedWith: ["OKMSConformance"])
        + library(
            "OKMSServer",
            on: [
                "LibCrypto", "OKMS", "OKMSEngine", "OKMSWire", "Prometheus", "SystemIO",
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOConcurrencyHelpers", package: "swift-nio"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            testedWith: ["OKMSClient", "OKMSConformance", "OKMSServerSupport"])
        + library("Envelope", on: ["OKMS", "LibCrypto"], testedWith: ["TestSupport"])
        + library(
            "Archive",
            on: ["CLibArchive", "CLibZstd", "CLinux", "LibCrypto", "Locking", "SystemIO"],
            testedWith: ["TestSupport"])
        + library(
            "Pipeline", on: ["Locking", .product(name: "Histogram", package: "hdrhistogram-swift")])
        + library("Storage", on: ["CLinux", "SystemIO"])
        + library(
            "Jobs",
            on: [
                "Archive", "CLinux", "Envelope", "LibCrypto", "Locking", "OKMS", "OKMSClient",
                "OKMSEngine", "Pipeline", "Prometheus", "Storage", "SystemIO",
                .product(name: "Yams", package: "Yams"),
            ],
            testedWith: ["TestSupport"])
        + library("Profiling", on: ["Jobs", "Pipeline"])
)

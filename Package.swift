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
    products: [.executable(name: "sealpipe", targets: ["sealpipe"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: [
        .systemLibrary(
            name: "CLibCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(
            name: "CLibZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
        .systemLibrary(
            name: "CLibArchive", pkgConfig: "libarchive", providers: [.apt(["libarchive-dev"])]),
        .target(name: "CLinux"),
        .executableTarget(
            name: "sealpipe",
            dependencies: [
                "Archive", "Jobs", "LibCrypto", "OKMS",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: settings),
        .testTarget(
            name: "sealpipeTests", dependencies: ["sealpipe"], swiftSettings: settings),
        .testTarget(
            name: "InteropTests", dependencies: ["Envelope", "LibCrypto", "OKMS"],
            exclude: ["Python"], swiftSettings: settings),
    ]
        + library("LibCrypto", on: ["CLibCrypto"])
        + library("OKMS", on: ["LibCrypto"])
        + library(
            "OKMSEngine",
            on: ["OKMS", "LibCrypto", .product(name: "GRDB", package: "GRDB.swift")])
        + library("Envelope", on: ["OKMS", "LibCrypto"])
        + library("Archive", on: ["CLibArchive", "CLibZstd", "CLinux", "LibCrypto"])
        + library("Pipeline")
        + library("Storage", on: ["CLinux"])
        + library(
            "Jobs",
            on: [
                "Archive", "Envelope", "LibCrypto", "OKMS", "OKMSEngine", "Pipeline", "Storage",
                .product(name: "Yams", package: "Yams"),
            ])
)

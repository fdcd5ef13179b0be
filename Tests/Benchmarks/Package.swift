// swift-tools-version: 6.2
import PackageDescription

// Benchmarks of the libraries and of the server, apart from the product, which does not ship them:
//
//     swift build -c release
//     swift run -c release --package-path Tests/Benchmarks bench append

// Warnings are errors where nobody is looking at them.
let strict: [SwiftSetting] = Context.environment["CI"] == nil ? [] : [.treatAllWarnings(as: .error)]

let settings: [SwiftSetting] =
    strict + [
        .swiftLanguageMode(.v6),
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
        .enableUpcomingFeature("InferIsolatedConformances"),
    ]

let package = Package(
    name: "benchmarks",
    platforms: [.macOS(.v26)],
    dependencies: [
        .package(name: "bitacora", path: "../.."),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    ],
    targets: [
        .executableTarget(
            name: "bench",
            dependencies: [
                .product(name: "EventLog", package: "bitacora"),
                .product(name: "Handlebars", package: "bitacora"),
                .product(name: "LMDB", package: "bitacora"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: settings),
        .testTarget(name: "BenchTests", dependencies: ["bench"], swiftSettings: settings),
    ]
)

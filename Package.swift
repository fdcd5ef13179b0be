// swift-tools-version: 6.2
import PackageDescription

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
        .enableExperimentalFeature("Lifetimes"),  // ties the bytes of a transaction to it
    ]

// No platforms are named: Linux with Glibc is what LMDB, EventLog, the server and the tool are written for, and the only
// platform on which the package was built.
let package = Package(
    name: "bitacora",
    products: [
        .library(name: "LMDB", targets: ["LMDB"]),
        .library(name: "EventLog", targets: ["EventLog"]),
        .library(name: "Handlebars", targets: ["Handlebars"]),
        .library(name: "SocketIO", targets: ["SocketIO"]),
        .library(name: "BitacoraServer", targets: ["BitacoraServer", "Commands", "JSON"]),
        .library(name: "JSON", targets: ["JSON"]),
        .executable(name: "bitacora", targets: ["bitacora"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.3.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.1"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.4.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.100.0"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.34.1"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.20.0", traits: []),
        .package(url: "https://github.com/swiftlang/swift-docc-plugin", from: "1.4.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.8.0"),
    ],
    targets: [
        .systemLibrary(name: "CLMDB", pkgConfig: "lmdb", providers: [.apt(["liblmdb-dev"])]),
        .target(name: "LMDB", dependencies: ["CLMDB"]),
        .target(name: "Base64"),
        .target(name: "JSON", dependencies: ["Base64"]),
        .target(
            name: "EventLog",
            dependencies: ["LMDB", "JSON", "Base64", .product(name: "Crypto", package: "swift-crypto")]),
        // The files of Views and Data/seed, in the executable.
        .executableTarget(name: "embed-files", dependencies: ["Base64"]),
        .plugin(
            name: "EmbedFiles", capability: .buildTool(), dependencies: ["embed-files"], path: "Sources/EmbedFiles"),
        .target(name: "Embedded", dependencies: ["Base64"]),
        .target(name: "Inspection", dependencies: ["EventLog", "JSON", "Base64"]),
        .target(name: "Commands", dependencies: ["EventLog", "JSON"]),
        // Applications in a folder: what their files declare, without files and network.
        .target(name: "Schemas", dependencies: ["JSON"]),
        .target(
            name: "KeyedRows",
            dependencies: [
                "EventLog", "Inspection", "JSON", "Base64", .product(name: "Crypto", package: "swift-crypto"),
            ]),
        .target(
            name: "Declarations",
            dependencies: ["KeyedRows", "Commands", "EventLog", "Inspection", "JSON", "Schemas"]),
        .target(name: "Handlebars", dependencies: ["JSON"]),
        .target(
            name: "WebSocket",
            dependencies: [
                "Base64",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras"),
            ]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .target(
            name: "SocketIO",
            dependencies: [
                "WebSocket", "JSON", "Base64", "CZlib",
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ],
            resources: [.embedInCode("Client/socket.io.js")]),
        .target(
            name: "BitacoraServer",
            dependencies: [
                "EventLog", "Embedded", "Inspection", "Commands", "KeyedRows", "Declarations", "Schemas",
                "Handlebars", "SocketIO", "WebSocket", "JSON", "Base64",
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ], plugins: ["EmbedFiles"]),
        .target(
            name: "Marketplace",
            dependencies: [
                "BitacoraServer", "Commands", "Embedded", "EventLog", "Handlebars", "JSON", "SocketIO",
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "HashTreeCollections", package: "swift-collections"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            packageAccess: false,  // the example uses only what every user of the libraries can
            plugins: ["EmbedFiles"]),
        .executableTarget(
            name: "bitacora",
            dependencies: [
                "BitacoraServer", "KeyedRows", "Commands", "Declarations", "EventLog", "Inspection", "Marketplace",
                "Handlebars", "LMDB", "JSON", "Base64",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ]),
        .target(
            name: "TestSupport", dependencies: ["LMDB", .product(name: "NIOCore", package: "swift-nio")],
            path: "Tests/TestSupport"),
        .testTarget(name: "LMDBTests", dependencies: ["LMDB", "TestSupport"]),
        .testTarget(name: "Base64Tests", dependencies: ["Base64"]),
        .testTarget(name: "JSONTests", dependencies: ["JSON", "TestSupport"]),
        .testTarget(name: "EventLogTests", dependencies: ["EventLog", "LMDB", "JSON", "TestSupport"]),
        .testTarget(name: "InspectionTests", dependencies: ["Inspection", "EventLog", "JSON", "TestSupport"]),
        .testTarget(name: "SchemasTests", dependencies: ["Schemas", "JSON", "TestSupport"]),
        .testTarget(
            name: "KeyedRowsTests", dependencies: ["KeyedRows", "EventLog", "Inspection", "JSON", "TestSupport"]),
        .testTarget(
            name: "DeclarationsTests",
            dependencies: ["Declarations", "KeyedRows", "Commands", "Schemas", "EventLog", "JSON", "TestSupport"]),
        .testTarget(name: "CommandsTests", dependencies: ["Commands", "EventLog", "JSON"]),
        .testTarget(
            name: "MarketplaceTests",
            dependencies: ["Marketplace", "BitacoraServer", "Commands", "EventLog", "JSON", "TestSupport"]),
        .testTarget(
            name: "HandlebarsTests", dependencies: ["Handlebars", "JSON", "TestSupport"],
            exclude: ["Differential/peer.js"]),
        .testTarget(
            name: "WebSocketTests",
            dependencies: [
                "WebSocket", "TestSupport",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOWebSocket", package: "swift-nio"),
            ]),
        .testTarget(
            name: "SocketIOTests",
            dependencies: [
                "SocketIO", "WebSocket", "JSON", "TestSupport",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]),
        .executableTarget(
            name: "socketio-test-server",
            dependencies: [
                "SocketIO", "WebSocket",
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            path: "Tests/SocketIOTestServer"),
        // Measures what has no public interface, so it cannot be in Tests/Benchmarks, which is another package.
        .executableTarget(
            name: "collection-bench",
            dependencies: [
                "Declarations", "KeyedRows", "EventLog", "JSON",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Tests/CollectionBenchmark"),
        .testTarget(
            name: "CommandLineTests",
            dependencies: [
                "bitacora", "Declarations", "KeyedRows", "EventLog", "Inspection", "LMDB", "JSON", "TestSupport",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            exclude: ["Help.txt"]),
        .target(
            name: "ExampleApplication",
            dependencies: [
                "BitacoraServer", "Commands", "EventLog", "Handlebars", "JSON",
                .product(name: "Hummingbird", package: "hummingbird"),
            ],
            path: "Tests/ExampleApplication", packageAccess: false),
        .testTarget(
            name: "BitacoraServerTests",
            dependencies: [
                "BitacoraServer", "Commands", "Declarations", "EventLog", "ExampleApplication", "Handlebars",
                "Inspection",
                "JSON", "KeyedRows", "Marketplace", "SocketIO", "TestSupport", "WebSocket",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]),
    ]
)

for target in package.targets where target.type != .system && target.type != .plugin {
    target.swiftSettings = settings
}

// swift-tools-version: 6.2
import PackageDescription

// Other template engines for `bench render`, apart from the product, which depends on none of them.
let package = Package(
    name: "render-peers",
    platforms: [.macOS(.v26)],
    dependencies: [.package(url: "https://github.com/hummingbird-project/swift-mustache", exact: "2.1.1")],
    targets: [
        .executableTarget(name: "mustache-peer", dependencies: [.product(name: "Mustache", package: "swift-mustache")])
    ],
    swiftLanguageModes: [.v6]
)

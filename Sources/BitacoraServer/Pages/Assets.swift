import Base64
import Crypto
import HTTPTypes
import Hummingbird
import NIOCore

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The files of `Views/assets`, read once, or in development at each request: a request can name none outside.
///
/// As with templates, hidden files are none, and a link counts when it leads to a file inside.
struct Assets: Sendable {
    /// The most they may hold together, in bytes.
    static let maximumBytes = 32 << 20

    private struct Asset: Sendable {
        let bytes: ByteBuffer
        let type: String
        let tag: String
    }

    private static let types = [
        "css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml", "png": "image/png",
        "jpg": "image/jpeg", "webp": "image/webp", "ico": "image/x-icon", "woff2": "font/woff2", "txt": "text/plain; charset=utf-8",
    ]

    private let assets: [String: Asset]
    /// Where to read them again; nil when once is enough.
    private let changingDirectory: String?

    /// - Parameter isReadAgain: whether each request gets what the files are then.
    /// - Throws: when `directory` cannot be read or holds more than `maximumBytes`. An absent one holds nothing.
    init(directory: String, isReadAgain: Bool = false) throws {
        changingDirectory = isReadAgain ? directory : nil
        let manager = FileManager.default
        var assets: [String: Asset] = [:]
        var total = 0
        for name in (try? manager.subpathsOfDirectory(atPath: directory)) ?? [] {
            guard let type = Self.types[name.split(separator: ".").last.map(String.init) ?? ""] else { continue }
            guard let bytes = try Self.contents(of: name, in: directory) else { continue }
            total += bytes.count
            guard total <= Self.maximumBytes else {
                throw ServerError("the files in \(directory) take more than \(Self.maximumBytes) bytes; move some out")
            }
            let tag = EntityTags.strong(SHA256.hash(data: bytes).prefix(12).hexadecimal)
            assets[name] = Asset(bytes: ByteBuffer(bytes: bytes), type: type, tag: tag)
        }
        self.assets = assets
    }

    /// - Returns: nil for what is hidden, is no file, or is a link that leads out of the directory or nowhere.
    private static func contents(of name: String, in directory: String) throws -> [UInt8]? {
        guard !name.split(separator: "/").contains(where: { $0.hasPrefix(".") }) else { return nil }
        let root = URL(filePath: directory).resolvingSymlinksInPath().path(percentEncoded: false)
        let file = URL(filePath: directory + "/" + name).resolvingSymlinksInPath()
        let path = file.path(percentEncoded: false)
        guard path.hasPrefix(root.hasSuffix("/") ? root : root + "/") else { return nil }
        let kind = try? FileManager.default.attributesOfItem(atPath: path)[.type] as? FileAttributeType
        guard kind == .typeRegular else { return nil }
        guard let data = try? Data(contentsOf: file) else { throw ServerError("the file \(directory)/\(name) cannot be read") }
        return [UInt8](data)
    }

    func show(_ request: Request) throws -> Response {
        if let changingDirectory { return try Assets(directory: changingDirectory).show(request) }
        let name = request.uri.path.dropFirst("/assets/".count)
        guard let asset = assets[String(name)] else { throw Problem.notFound }
        let headers: HTTPFields = [.eTag: asset.tag, .cacheControl: "no-cache"]
        if EntityTags.matches(request.headers[.ifNoneMatch], asset.tag) {
            return Response(status: .notModified, headers: headers)
        }
        var response = Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: asset.bytes))
        response.headers[.contentType] = asset.type
        return response
    }
}

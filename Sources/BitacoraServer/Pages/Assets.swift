import JSON
import Base64
import Crypto
import HTTPTypes
import Hummingbird

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The assets of the pages: those of the application, then those of the server; files in memory or of a directory.
///
/// A directory is read once, or in development mode at each request; no request can read a file outside the directory.
/// As with templates, hidden files are skipped, and a link is followed only to a file inside the directory.
///
/// Pages name an asset as `/assets/v-0123456789abcdef/chat.js`, with the digest of all assets: the content at that
/// address never changes, so browsers cache it and do not ask again. Modules import one another by relative addresses,
/// which contain the digest, too. Plain addresses, `/assets/chat.js`, are revalidated each time, by their tags.
struct Assets: Sendable {
    /// The maximum size of all assets of a directory together, in bytes.
    static let maximumBytes = 32 << 20

    private static let root = "/assets/"
    /// The `Cache-Control` of content that never changes (RFC 8246): browsers cache it for a year.
    private static let unchanging = "public, max-age=31536000, immutable"
    /// The beginning of the part of an address that names the digest.
    private static let versionMark = "v-"

    private static let types = [
        "avif": "image/avif", "css": "text/css; charset=utf-8", "csv": "text/csv; charset=utf-8", "gif": "image/gif",
        "html": "text/html; charset=utf-8", "ico": "image/x-icon", "jpeg": "image/jpeg", "jpg": "image/jpeg",
        "js": "text/javascript; charset=utf-8", "json": "application/json", "mjs": "text/javascript; charset=utf-8",
        "mp3": "audio/mpeg", "mp4": "video/mp4", "ogg": "audio/ogg", "otf": "font/otf", "pdf": "application/pdf",
        "png": "image/png", "svg": "image/svg+xml", "ttf": "font/ttf", "txt": "text/plain; charset=utf-8",
        "wasm": "application/wasm", "wav": "audio/wav", "webm": "video/webm",
        "webmanifest": "application/manifest+json", "webp": "image/webp", "woff": "font/woff", "woff2": "font/woff2",
        "xml": "application/xml",
    ]

    /// Where assets are read from.
    enum Source: Sendable {
        /// Files in memory, by their paths below the directory of assets.
        case files([String: [UInt8]])
        /// A directory; an absent one has no assets.
        case directory(String)
    }

    private let assets: [ExactText: CachedBody]
    /// `v-` and the digest of all names and contents; nil when these may change.
    private let version: String?
    /// The sources that are read at each request; nil when the assets are read once.
    private let changingSources: [Source]?

    /// - Parameters:
    ///   - sources: of two files with the same name, that of the earlier source is used.
    ///   - reloads: whether the files are read at each request.
    /// - Throws: `ServerError` when a file cannot be read, or a directory has more than `maximumBytes`.
    init(_ sources: [Source], reloads: Bool = false) throws {
        assets = reloads ? [:] : Self.stored(try Self.files(of: sources), level: 9)
        changingSources = reloads ? sources : nil
        version = reloads ? nil : Self.versionMark + Self.digest(of: assets)
    }

    private static func files(of sources: [Source]) throws -> [ExactText: [UInt8]] {
        var files: [ExactText: [UInt8]] = [:]
        for source in sources {
            switch source {
            case .files(let more): files.merge(more.map { (ExactText($0), $1) }) { first, _ in first }
            case .directory(let path): files.merge(try self.files(in: path)) { first, _ in first }
            }
        }
        return files
    }

    /// The files whose media type is known.
    private static func stored(_ files: [ExactText: [UInt8]], level: Int32?) -> [ExactText: CachedBody] {
        var assets: [ExactText: CachedBody] = [:]
        for (name, bytes) in files {
            if let type = mediaType(of: name.text) { assets[name] = CachedBody(bytes, type: type, level: level) }
        }
        return assets
    }

    private static func mediaType(of name: String) -> String? {
        types[name.split(separator: ".").last.map(String.init) ?? ""]
    }

    private static func files(in directory: String) throws -> [ExactText: [UInt8]] {
        var files: [ExactText: [UInt8]] = [:]
        var total = 0
        for name in (try? FileManager.default.subpathsOfDirectory(atPath: directory)) ?? []
        where mediaType(of: name) != nil {
            guard let bytes = try contents(of: name, in: directory) else { continue }
            total += bytes.count
            guard total <= maximumBytes else {
                throw ServerError(
                    "the files in \(directory) have more than \(maximumBytes) bytes, which is the limit; move some of them to another directory"
                )
            }
            files[name] = bytes
        }
        return files
    }

    private static func digest(of assets: [ExactText: CachedBody]) -> String {
        let text = assets.map { "\($0.key.text)\n\($0.value.tag)\n" }.sorted().joined()
        return SHA256.hash(data: Array(text.utf8)).prefix(8).hexadecimal
    }

    /// - Returns: nil for a hidden file, for anything but a regular file, and for a link to a file that is outside the
    ///   directory or does not exist.
    private static func contents(of name: String, in directory: String) throws -> [UInt8]? {
        guard !name.split(separator: "/").contains(where: { $0.hasPrefix(".") }) else { return nil }
        let root = URL(filePath: directory).resolvingSymlinksInPath().path(percentEncoded: false)
        let file = URL(filePath: directory + "/" + name).resolvingSymlinksInPath()
        let path = file.path(percentEncoded: false)
        guard path.hasPrefix(root.hasSuffix("/") ? root : root + "/") else { return nil }
        let kind = try? FileManager.default.attributesOfItem(atPath: path)[.type] as? FileAttributeType
        guard kind == .typeRegular else { return nil }
        guard let data = try? Data(contentsOf: file) else {
            throw ServerError("the file \(directory)/\(name) cannot be read")
        }
        return [UInt8](data)
    }

    /// The address of an asset for a page: with the digest or, in development mode, without.
    ///
    /// - Parameter name: the path of the asset below the directory, such as `transports/panel.js`; the asset may be
    ///   absent.
    func address(of name: String) -> String {
        Self.root + (version.map { $0 + "/" } ?? "") + name
    }

    /// Answers a request for an asset.
    func show(_ request: Request) throws -> Response {
        let name = String(request.uri.path.dropFirst(Self.root.count))
        // Files that are read at each request are not compressed in advance.
        let assets = try changingSources.map { Self.stored(try Self.files(of: $0), level: nil) } ?? assets
        if let asset = assets[name] { return asset.response(to: request) }
        let parts = name.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, Self.isVersion(parts[0]), let asset = assets[String(parts[1])] else {
            throw Problem.notFound
        }
        // A page that was loaded before an upgrade of the server names the digest of the old assets. It gets the new
        // ones, which must not be cached at that address.
        return asset.response(
            to: request, cacheControl: parts[0] == version.map { $0[...] } ? Self.unchanging : "no-cache")
    }

    private static func isVersion(_ part: Substring) -> Bool {
        part.hasPrefix(versionMark) && part.utf8.count == versionMark.utf8.count + 16
            && part.dropFirst(versionMark.count).utf8.allSatisfy {
                (0x30...0x39).contains($0) || (0x61...0x66).contains($0)
            }
    }
}

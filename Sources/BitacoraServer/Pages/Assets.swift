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
/// A directory is read once, or in development at each request; a request can name no file outside it. As with templates,
/// hidden files are left out, and a link counts if it leads to a file inside.
///
/// Pages name an asset as `/assets/v-0123456789abcdef/chat.js`, with the digest of all assets: the content at that address
/// never changes, so browsers keep it and do not ask again. Modules import one another by relative addresses, so these do
/// not change either. Plain addresses, `/assets/chat.js`, are revalidated each time, by their tags.
struct Assets: Sendable {
    /// The most they may hold together, in bytes.
    static let maximumBytes = 32 << 20

    private static let root = "/assets/"
    /// For content that never changes (RFC 8246): browsers keep it for a year.
    private static let unchanging = "public, max-age=31536000, immutable"
    /// The beginning of the part of an address that names the digest.
    private static let versionMark = "v-"

    private static let types = [
        "css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml",
        "png": "image/png",
        "jpg": "image/jpeg", "webp": "image/webp", "ico": "image/x-icon", "woff2": "font/woff2",
        "txt": "text/plain; charset=utf-8",
    ]

    /// A place that assets come from.
    enum Source: Sendable {
        /// Files in memory, by their paths below the folder of assets.
        case files([String: [UInt8]])
        /// A directory; an absent one has no assets.
        case directory(String)
    }

    private let assets: [String: StoredContent]
    /// `v-` and the digest of all names and contents; nil when they may change.
    private let version: String?
    /// The sources that are read at each request; nil when the assets are read once.
    private let changingSources: [Source]?

    /// - Parameters:
    ///   - sources: the first one that has a file of a name is used.
    ///   - isReadAgain: whether the files are read at each request.
    /// - Throws: when a directory cannot be read or holds more than `maximumBytes`.
    init(_ sources: [Source], isReadAgain: Bool = false) throws {
        assets = isReadAgain ? [:] : Self.stored(try Self.files(of: sources), level: 9)
        changingSources = isReadAgain ? sources : nil
        version = isReadAgain ? nil : Self.versionMark + Self.digest(of: assets)
    }

    private static func files(of sources: [Source]) throws -> [String: [UInt8]] {
        var files: [String: [UInt8]] = [:]
        for source in sources {
            switch source {
            case .files(let more): files.merge(more) { first, _ in first }
            case .directory(let path): files.merge(try self.files(in: path)) { first, _ in first }
            }
        }
        return files
    }

    /// The files whose media type is known.
    private static func stored(_ files: [String: [UInt8]], level: Int32?) -> [String: StoredContent] {
        var assets: [String: StoredContent] = [:]
        for (name, bytes) in files {
            if let type = mediaType(of: name) { assets[name] = StoredContent(bytes, type: type, level: level) }
        }
        return assets
    }

    private static func mediaType(of name: String) -> String? {
        types[name.split(separator: ".").last.map(String.init) ?? ""]
    }

    private static func files(in directory: String) throws -> [String: [UInt8]] {
        var files: [String: [UInt8]] = [:]
        var total = 0
        for name in (try? FileManager.default.subpathsOfDirectory(atPath: directory)) ?? []
        where mediaType(of: name) != nil {
            guard let bytes = try contents(of: name, in: directory) else { continue }
            total += bytes.count
            guard total <= maximumBytes else {
                throw ServerError("the files in \(directory) take more than \(maximumBytes) bytes; move some out")
            }
            files[name] = bytes
        }
        return files
    }

    private static func digest(of assets: [String: StoredContent]) -> String {
        let text = assets.map { "\($0.key)\n\($0.value.tag)\n" }.sorted().joined()
        return SHA256.hash(data: Array(text.utf8)).prefix(8).hexadecimal
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
        guard let data = try? Data(contentsOf: file) else {
            throw ServerError("the file \(directory)/\(name) cannot be read")
        }
        return [UInt8](data)
    }

    /// The address of an asset for a page: with the digest, or in development the plain one.
    ///
    /// - Parameter name: the path of the asset below the directory, such as `transports/panel.js`; it need not exist.
    func address(of name: String) -> String {
        Self.root + (version.map { $0 + "/" } ?? "") + name
    }

    func show(_ request: Request) throws -> Response {
        let name = String(request.uri.path.dropFirst(Self.root.count))
        // Files that are read at each request are not compressed in advance.
        let assets = try changingSources.map { Self.stored(try Self.files(of: $0), level: nil) } ?? assets
        if let asset = assets[name] { return asset.response(to: request) }
        let parts = name.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, Self.isVersion(parts[0]), let asset = assets[String(parts[1])] else {
            throw Problem.notFound
        }
        // A page that was loaded before an upgrade of the server names the digest of the old assets. It gets the present
        // ones, which must not be kept under that address.
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

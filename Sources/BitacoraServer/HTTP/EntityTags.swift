import Base64
import Crypto
public import EventLog
public import HTTPTypes
public import Hummingbird
import JSON
import NIOCore

/// Entity tags (RFC 9110, section 8.8.3).
public enum EntityTags {
    /// Returns the strong tag of a value: `"17"`.
    public static func strong(_ value: some CustomStringConvertible) -> String { "\"\(value)\"" }

    /// `W/"17"`: the same for another form of the same content, such as a compressed one.
    static func weak(_ tag: String) -> String { tag.hasPrefix("W/") ? tag : "W/" + tag }

    /// Returns the tag of a version of something in a log: `"0123456789abcdef-17"`.
    ///
    /// The tag contains the id of the log, because after a restore the same version number can belong to other content.
    public static func version(_ version: UInt64, in log: LogID) -> String { strong(name(of: version, in: log)) }

    /// Returns the tag of a version without its quotes, `0123456789abcdef-17`, for a hidden field of a form.
    public static func name(of version: UInt64, in log: LogID) -> String { "\(log)-\(version)" }

    /// Returns the version in a name that `name(of:in:)` made; nil for a version of another log, and for other text.
    public static func version(named name: some StringProtocol, in log: LogID) -> UInt64? {
        let prefix = "\(log)-"
        guard name.hasPrefix(prefix) else { return nil }
        return Offset(name.dropFirst(prefix.count))?.rawValue
    }

    /// The versions of this log in a header, in order.
    ///
    /// Weak tags are accepted, although RFC 9110, section 13.1.1, asks for the strong comparison: a proxy that
    /// compresses answers sends the weak form (nginx does), and the tag names the same version.
    static func versions(_ header: String, in log: LogID) -> [UInt64] {
        list(header).compactMap { tag in
            let tag = tag.hasPrefix("W/") ? tag.dropFirst(2) : tag[...]
            guard tag.count >= 2, tag.hasPrefix("\""), tag.hasSuffix("\"") else { return nil }
            return version(named: tag.dropFirst().dropLast(), in: log)
        }
    }

    /// Returns whether the value of `If-None-Match` contains a tag, by weak comparison, or is `*`.
    public static func matches(_ header: String?, _ tag: String) -> Bool {
        guard let header else { return false }
        return list(header).contains { $0 == "*" || $0 == tag || $0 == "W/" + tag }
    }

    /// The tags of a header; tags with commas inside their quotes are not supported.
    static func list(_ header: String) -> [String] {
        header.split(separator: ",").map { String($0.trimmed { $0 == " " || $0 == "\t" }) }.filter { !$0.isEmpty }
    }
}

extension Request {
    /// The header `Idempotency-Key`: the id that makes a retry of a command safe.
    public var idempotencyKey: String? { headers[.idempotencyKey] }

    /// Returns the version that a resource must have for this request to change it, by `If-Match` and `If-None-Match`;
    /// nil when any version is accepted.
    ///
    /// Pass it to `Command.ifVersion`, so that it is checked again in the log's order.
    ///
    /// - Parameters:
    ///   - name: the resource in error messages, such as `product 7`.
    ///   - current: the version of the resource now; nil when it does not exist.
    ///   - log: the id of the log, which tags contain.
    /// - Throws: `Problem` 412 when `If-None-Match` names the current version (`*` names every version), or `If-Match`
    ///   names no version of this log.
    public func requiredVersion(of name: String, at current: UInt64?, in log: LogID) throws(Problem) -> UInt64? {
        // Conditions apply only to a resource that exists (RFC 9110, section 13.2.1); the decision answers 404.
        guard let current else { return nil }
        if let header = headers[.ifNoneMatch], EntityTags.matches(header, EntityTags.version(current, in: log)) {
            let isAny = EntityTags.list(header).contains("*")
            throw Problem(
                .preconditionFailed, isAny ? "exists" : "unchanged",
                isAny
                    ? "\(name) exists, and If-None-Match: * allows the request only when it does not exist; to change it, send the request without this header"
                    : "\(name) still has the version that If-None-Match excludes; to change it, send the request without this header"
            )
        }
        guard let header = headers[.ifMatch], header != "*" else { return nil }
        let versions = EntityTags.versions(header, in: log)
        // If the current version is among several, it is chosen; the decision checks it again in the log's order.
        if versions.contains(current) { return current }
        guard let wanted = versions.first else {
            throw Problem(
                .preconditionFailed, "stale",
                "If-Match names no version of \(name) in this log; read it again and send its ETag")
        }
        return wanted
    }

    /// Rejects `If-Match` and `If-None-Match` on a request that creates a resource, which has no version yet.
    ///
    /// - Throws: `Problem` 400 with the header.
    public func refuseConditions() throws(Problem) {
        for name in [HTTPField.Name.ifMatch, .ifNoneMatch] where headers[name] != nil {
            throw .invalid(
                name.rawName,
                "\(method.rawValue) \(uri.path) creates a resource and does not support \(name.rawName); send it without this header"
            )
        }
    }
}

extension Response {
    /// Makes the answer 304 for a client that has the content, with the `Cache-Control` of the answer 200 (RFC 9110,
    /// section 15.4.5).
    public static func notModified(_ tag: String) -> Response {
        Response(status: .notModified, headers: [.eTag: tag, .cacheControl: "no-cache"])
    }

    /// Makes the answer with a page, or 304 when the client has the same page.
    ///
    /// The entity tag of a page with the status 200 is a digest of its bytes; a page with another status is not cached.
    public static func page(_ bytes: [UInt8], _ request: Request, status: HTTPResponse.Status = .ok) -> Response {
        tagged(bytes, "text/html; charset=utf-8", request, status: status)
    }

    /// An answer whose entity tag is a digest of its bytes, or 304 when the client has the same bytes.
    static func tagged(
        _ bytes: [UInt8], _ type: String, _ request: Request, status: HTTPResponse.Status = .ok
    ) -> Response {
        let tag = EntityTags.strong(ofContent: bytes)
        // Errors are not cached: the next request may succeed.
        let headers: HTTPFields = status == .ok ? [.eTag: tag, .cacheControl: "no-cache"] : [.cacheControl: "no-store"]
        if status == .ok, EntityTags.matches(request.headers[.ifNoneMatch], tag) { return .notModified(tag) }
        var response = Response(
            status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
        response.headers[.contentType] = type
        return response
    }
}

extension EntityTags {
    /// The tag of an answer, made from a digest of its bytes.
    static func strong(ofContent bytes: [UInt8]) -> String {
        strong(SHA256.hash(data: bytes).prefix(12).hexadecimal)
    }
}

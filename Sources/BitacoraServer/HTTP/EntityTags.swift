import Base64
import Crypto
public import EventLog
public import HTTPTypes
public import Hummingbird
import NIOCore

/// Entity tags (RFC 9110, section 8.8.3).
public enum EntityTags {
    /// The strong tag of a value: `"17"`.
    public static func strong(_ value: some CustomStringConvertible) -> String { "\"\(value)\"" }

    /// `W/"17"`: the same for another form of the same content, such as a compressed one.
    static func weak(_ tag: String) -> String { tag.hasPrefix("W/") ? tag : "W/" + tag }

    /// `"0123456789abcdef-17"`: the version of something in a log. After a restore the same version number can belong
    /// to other content, so the tag includes the log id.
    public static func version(_ version: UInt64, in log: LogID) -> String { strong(name(of: version, in: log)) }

    /// `0123456789abcdef-17`: the tag of a version without its quotes; forms carry this name in a hidden field.
    public static func name(of version: UInt64, in log: LogID) -> String { "\(log)-\(version)" }

    /// The version of this log that a name names; nil for the name of another log's version, and for other text.
    public static func version(named name: some StringProtocol, in log: LogID) -> UInt64? {
        let prefix = "\(log)-"
        guard name.hasPrefix(prefix) else { return nil }
        return Offset(name.dropFirst(prefix.count))?.rawValue
    }

    /// The versions of this log that a header names, in order.
    ///
    /// Weak tags count, although RFC 9110, section 13.1.1, asks for the strong comparison: a proxy that compresses
    /// answers sends the weak form (nginx does), and the tag names the same version.
    static func versions(_ header: String, in log: LogID) -> [UInt64] {
        list(header).compactMap { tag in
            let tag = tag.hasPrefix("W/") ? tag.dropFirst(2) : tag[...]
            guard tag.count >= 2, tag.hasPrefix("\""), tag.hasSuffix("\"") else { return nil }
            return version(named: tag.dropFirst().dropLast(), in: log)
        }
    }

    /// Whether `header`, an `If-None-Match`, names `tag`; weak comparison.
    public static func matches(_ header: String?, _ tag: String) -> Bool {
        guard let header else { return false }
        return list(header).contains { $0 == "*" || $0 == tag || $0 == "W/" + tag }
    }

    /// The tags of a header, commas inside quotes aside.
    static func list(_ header: String) -> [String] {
        header.split(separator: ",").map { $0.trimmingSpaces() }.filter { !$0.isEmpty }
    }
}

extension Substring {
    fileprivate func trimmingSpaces() -> String {
        String(drop { $0 == " " || $0 == "\t" }.reversed().drop { $0 == " " || $0 == "\t" }.reversed())
    }
}

extension Request {
    /// The header `Idempotency-Key`: the id that makes a retry of a command safe.
    public var idempotencyKey: String? { headers[.idempotencyKey] }

    /// The version that the changed resource must have by the request's conditions; nil when any version is accepted.
    ///
    /// - Parameters:
    ///   - name: the changed resource in messages: `product 7`.
    ///   - current: its version now; nil when it does not exist.
    /// - Throws: 412 when `If-None-Match` names the current version (`*` names every version), or `If-Match` names no
    ///   version of this log.
    public func demandedVersion(of name: String, at current: UInt64?, in log: LogID) throws(Problem) -> UInt64? {
        // Conditions apply only to a resource that exists (RFC 9110, section 13.2.1); the decision answers 404.
        guard let current else { return nil }
        if let header = headers[.ifNoneMatch], EntityTags.matches(header, EntityTags.version(current, in: log)) {
            let isAny = EntityTags.list(header).contains("*")
            throw Problem(
                .preconditionFailed, isAny ? "exists" : "unchanged",
                isAny
                    ? "\(name) exists, and If-None-Match: * allows this request only if it does not; send the request without this header to change it"
                    : "\(name) still has the version that If-None-Match excludes; send the request without this header to change it"
            )
        }
        guard let header = headers[.ifMatch], header != "*" else { return nil }
        let versions = EntityTags.versions(header, in: log)
        // Of several versions, the current one; the decision checks it again in the log's order.
        if versions.contains(current) { return current }
        guard let wanted = versions.first else {
            throw Problem(
                .preconditionFailed, "stale",
                "If-Match names no version of \(name) in this log; read it again and send its ETag")
        }
        return wanted
    }

    /// Refuses `If-Match` and `If-None-Match` on a request that creates a resource: the resource has no version yet.
    public func refuseConditions() throws(Problem) {
        for name in [HTTPField.Name.ifMatch, .ifNoneMatch] where headers[name] != nil {
            throw .invalid(
                name.rawName,
                "\(method.rawValue) \(uri.path) creates a resource and takes no \(name.rawName); send it without this header"
            )
        }
    }
}

extension Response {
    /// 304 for a client that has the content, with the `Cache-Control` of the 200 answer (RFC 9110, section 15.4.5).
    public static func notModified(_ tag: String) -> Response {
        Response(status: .notModified, headers: [.eTag: tag, .cacheControl: "no-cache"])
    }

    /// A page; see `tagged`.
    public static func page(_ bytes: [UInt8], _ request: Request, status: HTTPResponse.Status = .ok) -> Response {
        tagged(bytes, "text/html; charset=utf-8", request, status: status)
    }

    /// An answer that costs little when it is the one the client has.
    static func tagged(
        _ bytes: [UInt8], _ type: String, _ request: Request, status: HTTPResponse.Status = .ok
    ) -> Response {
        let tag = EntityTags.strong(ofContent: bytes)
        // Errors are not kept in caches: the next request may succeed.
        let headers: HTTPFields = status == .ok ? [.eTag: tag, .cacheControl: "no-cache"] : [.cacheControl: "no-store"]
        if status == .ok, EntityTags.matches(request.headers[.ifNoneMatch], tag) { return .notModified(tag) }
        var response = Response(
            status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
        response.headers[.contentType] = type
        return response
    }
}

extension EntityTags {
    /// The tag of an answer that is told by what it says.
    static func strong(ofContent bytes: [UInt8]) -> String {
        strong(SHA256.hash(data: bytes).prefix(12).hexadecimal)
    }
}

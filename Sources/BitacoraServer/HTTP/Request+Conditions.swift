public import EventLog
import HTTPTypes
public import Hummingbird

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

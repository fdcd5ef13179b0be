import EventLog
import HTTPTypes
import Hummingbird

extension Request {
    /// The version that the request's conditions demand of what it changes; nil when every version will do.
    ///
    /// - Parameters:
    ///   - name: what is changed, for people: `product 7`.
    ///   - current: its version now; nil when it does not exist.
    /// - Throws: 412 when `If-None-Match` names the current version (`*` names every version), or `If-Match` names no
    ///   version of this log.
    func demandedVersion(of name: String, at current: UInt64?, in log: LogID) throws(Problem) -> UInt64? {
        // Conditions are for what exists (RFC 9110, section 13.2.1); the decision answers 404.
        guard let current else { return nil }
        if let header = headers[.ifNoneMatch], EntityTags.matches(header, EntityTags.version(current, in: log)) {
            let isAny = EntityTags.list(header).contains("*")
            throw Problem(
                .preconditionFailed, isAny ? "exists" : "unchanged",
                isAny
                    ? "\(name) exists, and If-None-Match: * allows this request only when there is none; leave the header out to change it"
                    : "\(name) still has the version that If-None-Match excludes; leave the header out to change it")
        }
        guard let header = headers[.ifMatch], header != "*" else { return nil }
        let versions = EntityTags.versions(header, in: log)
        // Of several the one that holds now; the decision checks it again in the log's order.
        if versions.contains(current) { return current }
        guard let wanted = versions.first else {
            throw Problem(
                .preconditionFailed, "stale", "If-Match names no version of \(name) in this log; read it again and send its ETag")
        }
        return wanted
    }

    /// Refuses conditions with what makes something new, which has no version that they could be about.
    func refuseConditions() throws(Problem) {
        for name in [HTTPField.Name.ifMatch, .ifNoneMatch] where headers[name] != nil {
            throw .invalid(name.rawName, "\(method.rawValue) \(uri.path) makes something new and takes no \(name.rawName); leave the header out")
        }
    }
}

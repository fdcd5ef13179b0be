import EventLog
import JSON
import SocketIO

/// What a Socket.IO client asks of a namespace, in `auth` or the query of its handshake.
///
/// | name | value |
/// |---|---|
/// | `after` | an offset, `logid:offset`, `"start"`, `"live"`, `"-N"` |
/// | `since` | a time, or an age such as `2h` |
/// | `topics`, `types` | an array, or text with commas |
/// | `recovery` | `false`: no positions, no recovery |
/// | `pid`, `offset` | set by stock clients when they reconnect |
///
/// What `auth` has stands before the query. Other names are left to the application, but for those
/// that are one of these misspelt: without its filter a client would get all of the log.
struct SocketSubscription {
    let start: StartPoint
    let filter: EventFilter
    let wantsRecovery: Bool
    let pid: String?
    /// What the client has of an earlier session: mostly the position of its last event.
    let offset: String?

    /// - Throws: what is wrong with a value, and with which.
    init(namespace: LogNamespace, auth: JSONValue, query: Query) throws(Problem) {
        if let keys = auth.object?.keys { try Self.refuseMisspelt(Array(keys)) }
        let source = Source(auth: auth, query: query)
        start = try EventSubscription.start(after: source.text("after"), since: source.text("since"))
        filter = try namespace.filter(
            topics: try EventSubscription.patterns(source.list("topics")),
            types: try EventSubscription.types(source.list("types")))
        wantsRecovery = try source.flag("recovery") ?? true
        pid = try source.text("pid")
        offset = try source.text("offset")
    }

    private static let names = ["after", "since", "topics", "types", "recovery", "pid", "offset"]

    private static func refuseMisspelt(_ keys: [String]) throws(Problem) {
        for key in keys where !names.contains(key) {
            let likely = [key.lowercased(), key.lowercased() + "s"]
            guard let name = names.first(where: likely.contains) else { continue }
            throw .invalid(key, "auth has no '\(key)'; it is '\(name)'")
        }
    }

    private struct Source {
        let auth: JSONValue
        let query: Query

        func text(_ name: String) throws(Problem) -> String? {
            switch auth[name] {
            case nil, .null?: query[name]
            case .string(let text)?: text
            case .number(let number)?: number.text
            default: throw .invalid(name, "\(name) must be text or a number")
            }
        }

        func list(_ name: String) throws(Problem) -> [String] {
            switch auth[name] {
            case nil, .null?: return query.list(name)
            case .string(let text)?: return text.split(separator: ",").map(String.init)
            case .array(let items)?:
                let texts = items.compactMap(\.string)
                guard texts.count == items.count else { throw .invalid(name, "\(name) must hold texts only") }
                return texts
            default: throw .invalid(name, "\(name) must be an array of texts, or text with commas")
            }
        }

        func flag(_ name: String) throws(Problem) -> Bool? {
            switch auth[name] {
            case .bool(let flag)?: return flag
            case nil, .null?: break
            default: throw .invalid(name, "\(name) must be true or false")
            }
            switch query[name] {
            case nil: return nil
            case "true": return true
            case "false": return false
            default: throw .invalid(name, "\(name) must be true or false")
            }
        }
    }
}

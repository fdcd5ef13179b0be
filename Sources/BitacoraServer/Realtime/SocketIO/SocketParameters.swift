import Inspection
import JSON

/// The values that a Socket.IO client sends in `auth` or in the query of its handshake. A value in `auth` takes
/// precedence.
struct SocketParameters {
    let auth: JSONValue
    let query: Query

    /// - Parameters:
    ///   - json: the JSON that came with CONNECT; nil if none did.
    ///   - target: the address of the handshake, whose query is read too.
    /// - Throws: `Problem` 400 for text that is not JSON, and for an address that cannot be decoded.
    init(auth json: [UInt8]?, target: String) throws(Problem) {
        try EncodedText.check(target: target)
        do throws(JSONError) {
            auth = try json.map { bytes throws(JSONError) in try JSONValue(parsing: bytes) } ?? .object(JSONObject())
        } catch {
            throw .invalid("auth", "auth is not JSON: \(error)")
        }
        query = Query(ofTarget: target)
    }

    init(auth: JSONValue, query: Query) { (self.auth, self.query) = (auth, query) }

    /// The names in `auth`, then those in the query.
    var names: [String] { (auth.object?.keys.map { $0 } ?? []) + query.names }

    func text(_ name: String) throws(InvalidParameter) -> String? {
        switch auth[name] {
        case nil, .null?: query[name]
        case .string(let text)?: text
        case .number(let number)?: number.text
        default: throw InvalidParameter(name, nil, "must be text or a number")
        }
    }

    func list(_ name: String) throws(InvalidParameter) -> [String] {
        switch auth[name] {
        case nil, .null?: return query.list(name)
        case .string(let text)?: return CommaList.names(in: text)
        case .array(let items)?:
            let texts = items.compactMap(\.string)
            guard texts.count == items.count else {
                throw InvalidParameter(name, nil, "must be an array of text only")
            }
            return texts
        default: throw InvalidParameter(name, nil, "must be an array of text, or text with commas")
        }
    }

    func flag(_ name: String) throws(InvalidParameter) -> Bool? {
        switch auth[name] {
        case .bool(let flag)?: return flag
        case nil, .null?: break
        default: throw InvalidParameter(name, nil, "must be true or false")
        }
        switch query[name] {
        case nil: return nil
        case "true": return true
        case "false": return false
        default: throw InvalidParameter(name, nil, "must be true or false")
        }
    }
}

import Base64
public import Hummingbird
import HummingbirdCore
import Inspection

/// The parameters of an address, or the fields of a form: names with values, in order.
///
/// Decoded as the WHATWG URL Standard says (application/x-www-form-urlencoded).
public struct Query: Sendable {
    /// The names with their values, in order.
    let pairs: [(name: String, value: String)]

    /// Decodes a query.
    ///
    /// The server refuses requests with percent escapes that cannot be decoded (400) before they reach a route. In other
    /// text such an escape stays as it is, and bytes that are not UTF-8 become U+FFFD.
    ///
    /// - Parameter text: the text after the `?`, such as `a=1&b=2`.
    public init(_ text: some StringProtocol) {
        pairs = text.split(separator: "&").map { pair in
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (FormEncoding.decoded(parts[0]), parts.count > 1 ? FormEncoding.decoded(parts[1]) : "")
        }
    }

    /// The query of a request target such as `/api/events?after=3`.
    init(ofTarget target: String) {
        self.init(target.firstIndex(of: "?").map { target[target.index(after: $0)...] } ?? "")
    }

    /// The first value of `name`; nil when there is none.
    public subscript(_ name: String) -> String? { pairs.first { $0.name == name }?.value }

    /// All names, in their order.
    var names: [String] { pairs.map(\.name) }

    /// The elements of all values of `name`, each a comma separated list; a comma in an element is written `\,`.
    public func list(_ name: String) -> [String] {
        CommaList.names(in: pairs.filter { $0.name == name }.map(\.value))
    }

    /// Rejects a name that is probably a misspelling of one of `names`; ignores other unknown names.
    ///
    /// For the addresses of an API. Pages ignore every unknown name, and forms call ``rejectNames(besides:)``.
    ///
    /// - Throws: `Problem` 400 with the name.
    public func rejectMisspellings(of names: [String]) throws(Problem) {
        do throws(InvalidParameter) {
            try ParameterNames(names).check(self.names)
        } catch {
            throw Problem(error)
        }
    }

    /// Rejects the first name that is not one of `names`.
    ///
    /// For the body of a form, which only the server's own pages send.
    ///
    /// - Throws: `Problem` 400 with the name.
    public func rejectNames(besides names: Set<String>) throws(Problem) {
        guard let unknown = pairs.first(where: { !names.contains($0.name) }) else { return }
        throw .invalid(
            unknown.name,
            "there is no field '\(unknown.name)'; the fields are \(names.sorted().joined(separator: ", "))")
    }
}

extension Request {
    /// The query of the request's address.
    public var query: Query { Query(uri.query ?? "") }
}

extension Query {
    /// Encodes pairs as `?name=value&…`; without pairs the text is empty.
    public static func text(_ pairs: [(name: String, value: String)]) -> String {
        pairs.isEmpty ? "" : "?" + pairs.map { "\(encoded($0.name))=\(encoded($0.value))" }.joined(separator: "&")
    }

    /// Percent-encodes the bytes of all but the unreserved characters (RFC 3986, section 2.3).
    static func encoded(_ text: String) -> String {
        var output = ""
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"),
                UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"):
                output.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                output += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }
        return output
    }
}

extension Problem {
    /// The error of a parameter that is not valid: 400.
    init(_ error: InvalidParameter) {
        self.init(.badRequest, "invalid", error.message, field: error.field)
    }
}

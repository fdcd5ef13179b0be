import Base64
public import Hummingbird
import HummingbirdCore
import Inspection

/// The query of a request target, decoded (WHATWG URL, application/x-www-form-urlencoded).
public struct Query: Sendable {
    private let pairs: [(name: String, value: String)]

    /// - Parameter text: what follows the `?`.
    public init(_ text: some StringProtocol) {
        pairs = text.split(separator: "&").map { pair in
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (Self.decoded(parts[0]), parts.count > 1 ? Self.decoded(parts[1]) : "")
        }
    }

    /// The query of a request target such as `/api/events?after=3`.
    init(ofTarget target: String) {
        self.init(target.firstIndex(of: "?").map { target[target.index(after: $0)...] } ?? "")
    }

    /// The first value of `name`.
    public subscript(_ name: String) -> String? { pairs.first { $0.name == name }?.value }

    /// All names, in the order in which they are given.
    var names: [String] { pairs.map(\.name) }

    /// The names in all values of `name`, each a comma separated list (`CommaList`).
    public func list(_ name: String) -> [String] {
        CommaList.names(in: pairs.filter { $0.name == name }.map(\.value))
    }

    /// Throws when a name is probably a misspelling of one of `names`; ignores other unknown names.
    ///
    /// For the addresses of the API. Pages ignore every unknown name, and forms call ``allowOnly(_:)``.
    public func checkNames(_ names: [String]) throws(Problem) {
        do throws(InvalidParameter) {
            try ParameterNames(names).check(self.names)
        } catch {
            throw Problem(error)
        }
    }

    /// Throws unless every name is one of `names`.
    ///
    /// For the body of a form, which only the server's own pages send.
    public func allowOnly(_ names: Set<String>) throws(Problem) {
        guard let unknown = pairs.first(where: { !names.contains($0.name) }) else { return }
        throw .invalid(
            unknown.name,
            "there is no field '\(unknown.name)'; the fields are \(names.sorted().joined(separator: ", "))")
    }

    private static func decoded(_ text: some StringProtocol) -> String {
        var bytes: [UInt8] = []
        var source = Array(text.utf8)[...]
        while let byte = source.popFirst() {
            if byte == UInt8(ascii: "+") {
                bytes.append(UInt8(ascii: " "))
            } else if byte == UInt8(ascii: "%"), source.count >= 2, let value = Hexadecimal.number(source.prefix(2)) {
                bytes.append(UInt8(value))
                source = source.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension Request {
    /// The query of the request's address.
    public var query: Query { Query(uri.query ?? "") }
}

extension Query {
    /// `?name=value&…` of these pairs, encoded; empty without pairs.
    public static func text(_ pairs: [(name: String, value: String)]) -> String {
        pairs.isEmpty ? "" : "?" + pairs.map { "\(encoded($0.name))=\(encoded($0.value))" }.joined(separator: "&")
    }

    /// Percent-encodes the bytes of all but the unreserved characters (RFC 3986, section 2.3).
    private static func encoded(_ text: String) -> String {
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
    /// The answer 400 for a parameter that cannot be used.
    init(_ error: InvalidParameter) {
        self.init(.badRequest, "invalid", error.message, field: error.field)
    }
}

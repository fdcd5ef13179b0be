import Base64
import Hummingbird
import HummingbirdCore

/// The query of a request target, decoded (WHATWG URL, application/x-www-form-urlencoded).
struct Query: Sendable {
    private let pairs: [(name: String, value: String)]

    /// - Parameter text: what follows the `?`.
    init(_ text: some StringProtocol) {
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
    subscript(_ name: String) -> String? { pairs.first { $0.name == name }?.value }

    /// All values of `name`, each split at commas, without empty ones.
    func list(_ name: String) -> [String] {
        pairs.filter { $0.name == name }.flatMap { $0.value.split(separator: ",").map(String.init) }
    }

    /// Throws unless every name is one of `names`, so that a misspelt one is not silently ignored.
    func allowOnly(_ names: Set<String>) throws(Problem) {
        if let unknown = pairs.first(where: { !names.contains($0.name) }) {
            let known =
                names.isEmpty ? "this address takes none" : "there are \(names.sorted().joined(separator: ", "))"
            throw .invalid(unknown.name, "there is no parameter '\(unknown.name)'; \(known)")
        }
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
    var query: Query { Query(uri.query ?? "") }
}

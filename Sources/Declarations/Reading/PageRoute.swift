import Commands

/// The route of a page: `/orders/{order}`.
struct PageRoute {
    private enum Level: Equatable {
        case literal(String)
        case name(String)
    }

    let text: String
    private let levels: [Level]
    /// Whether the server has addresses that match.
    private(set) var isServers = false

    private static let maximumBytes = 255
    /// The first levels of the addresses that the server uses.
    static let reserved: Set<String> = [
        "api", "log", "login", "admin", "assets", "commands", "socket.io", "healthz", "readyz", "livez", "metrics",
        "transports",
    ]

    /// Reads a route; nil, with a fault of the node's name, when the text is not one.
    init?(_ text: String, _ node: Node) {
        self.text = text
        guard let levels = Self.levels(text) else {
            if text.count > 1, text.hasSuffix("/"), Self.levels(String(text.dropLast())) != nil {
                let meant = String(text.dropLast()).shortened
                node.nameFault("a route does not end with a slash; write \"\(meant)\"")
                return nil
            }
            node.nameFault(
                "\"\(text.shortened)\" is not a route; write levels of letters, digits, -, ., _ and ~, or a name in braces, as in /orders/{order}, in at most \(Self.maximumBytes) bytes"
            )
            return nil
        }
        self.levels = levels
        switch levels.first {
        case .literal(let first) where Self.reserved.contains(first):
            isServers = true
            node.nameFault("the addresses below /\(first) belong to the server; choose another first level")
        case .name(let name):
            isServers = true
            node.nameFault(
                "the first level {\(name)} would match the addresses of the server; write a name before it, as in /orders/{\(name)}"
            )
        default: break
        }
    }

    /// The names in braces, in their order.
    var names: [String] {
        levels.compactMap { if case .name(let name) = $0 { name } else { nil } }
    }

    /// Whether some address matches both routes.
    func overlaps(_ other: PageRoute) -> Bool {
        levels.count == other.levels.count
            && zip(levels, other.levels).allSatisfy { left, right in
                guard case .literal = left, case .literal = right else { return true }
                return left == right
            }
    }

    private static func levels(_ text: String) -> [Level]? {
        guard text.hasPrefix("/"), text.utf8.count <= maximumBytes else { return nil }
        if text == "/" { return [] }
        var levels: [Level] = []
        for part in text.dropFirst().split(separator: "/", omittingEmptySubsequences: false) {
            if part.hasPrefix("{"), part.hasSuffix("}") {
                let level = Level.name(String(part.dropFirst().dropLast()))
                guard NameRule.isName(String(part.dropFirst().dropLast())), !levels.contains(level) else { return nil }
                levels.append(level)
            } else {
                guard isLiteral(part) else { return nil }
                levels.append(.literal(String(part)))
            }
        }
        return levels
    }

    /// Whether a text needs no escapes in an address (RFC 3986, section 2.3), and is not `.` or `..`.
    private static func isLiteral(_ text: Substring) -> Bool {
        !text.isEmpty && text != "." && text != ".."
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                default: "-._~".utf8.contains(byte)
                }
            }
    }
}

import JSON

extension PageRoute {
    /// The first levels of the addresses that the server uses.
    private static let reserved: Set<String> = [
        "api", "log", "login", "admin", "assets", "commands", "socket.io", "healthz", "readyz", "livez", "metrics",
        "transports",
    ]

    /// Reads the route that is the name of a node.
    ///
    /// - Returns: nil, with a fault of the node's name, when the name is not a route.
    init?(nameOf node: Node, _ text: String) {
        guard let route = PageRoute(text) else {
            node.nameFault(Self.fault(of: text))
            return nil
        }
        self = route
    }

    /// Why a text is not a route, and what to write instead.
    private static func fault(of text: String) -> String {
        if text.count > 1, text.hasSuffix("/"), let meant = PageRoute(String(text.dropLast())) {
            return "a route does not end with a slash; write \"\(meant.text.shortened)\""
        }
        return
            "\"\(text.shortened)\" is not a route; write levels of letters, digits, -, ., _ and ~, or a name in braces, as in /orders/{order}, in at most \(maximumBytes) bytes"
    }

    /// Why a page cannot have the route, because the server has addresses that match it; nil when it can.
    var conflictWithServer: String? {
        switch levels.first {
        case .literal(let first) where Self.reserved.contains(first):
            "the addresses below /\(first) belong to the server; choose another first level"
        case .name(let name):
            "the first level {\(name)} would match the addresses of the server; write a name before it, as in /orders/{\(name)}"
        default: nil
        }
    }
}

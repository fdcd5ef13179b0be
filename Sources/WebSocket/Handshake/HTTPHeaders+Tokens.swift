package import NIOHTTP1

extension HTTPHeaders {
    /// Whether one of the comma-separated values of a header is this token, in any case of letters.
    package func contains(token: String, in name: String) -> Bool {
        self[canonicalForm: name].contains { value in
            value.utf8.count == token.utf8.count && value.lowercased() == token
        }
    }
}

extension HTTPRequestHead {
    /// Whether the client wants a WebSocket; says nothing yet of whether its handshake is right.
    package var asksForWebSocket: Bool { headers.contains(token: "websocket", in: "upgrade") }
}

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

    /// Whether NIO's parser takes what follows this request for another protocol and stops reading requests.
    var endsRequests: Bool {
        method == .CONNECT || headers.contains(name: "upgrade") && headers.contains(token: "upgrade", in: "connection")
    }

    /// Whether the client sends the body only when it is told to (RFC 9110 section 10.1.1).
    var expectsContinue: Bool {
        version == .http1_1 && hasBody && headers.contains(token: "100-continue", in: "expect")
    }

    /// Whether a body follows, or has to be expected.
    var hasBody: Bool {
        headers.contains(name: "transfer-encoding") || headers[canonicalForm: "content-length"].contains { $0 != "0" }
    }
}

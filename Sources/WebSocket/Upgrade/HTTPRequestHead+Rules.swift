package import NIOHTTP1

/// What a request's head says about the connection and about the body.
extension HTTPRequestHead {
    /// Whether NIO's parser treats the bytes after this request as another protocol and stops reading requests.
    var endsRequests: Bool {
        method == .CONNECT || headers.contains(name: "upgrade") && headers.contains(token: "upgrade", in: "connection")
    }

    /// Whether the connection ends with the answer: the client asks for that, nothing after the request can be read, or
    /// the end of the request is uncertain (HTTP/1.0 has no Transfer-Encoding: RFC 9112, section 6.1).
    var endsConnection: Bool {
        !isKeepAlive || endsRequests || version != .http1_1 && headers.contains(name: "transfer-encoding")
    }

    /// The request with its target in origin form: the host of an absolute target replaces `Host` (RFC 9112,
    /// section 3.2.2).
    ///
    /// Other requests are returned unchanged.
    var inOriginForm: HTTPRequestHead {
        guard method != .CONNECT, uri.utf8.first != UInt8(ascii: "/"),
            let colon = uri.utf8.firstIndex(of: UInt8(ascii: ":")),
            uri[colon...].utf8.starts(with: "://".utf8)
        else { return self }
        let target = uri[colon...].utf8.dropFirst("://".utf8.count)
        let path = target.firstIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "#") }
        let (authority, rest) = (target[..<(path ?? target.endIndex)], target[(path ?? target.endIndex)...])
        var head = self
        head.uri = (rest.first == UInt8(ascii: "/") ? "" : "/") + String(Substring(rest))
        head.headers.replaceOrAdd(name: "Host", value: String(Substring(authority)))
        return head
    }

    /// The first transfer encoding that is not `chunked`.
    var unknownTransferEncoding: Substring? {
        headers[canonicalForm: "transfer-encoding"].first { !$0.isEmpty && $0.lowercased() != "chunked" }
    }

    /// Whether the head announces a body.
    var hasBody: Bool {
        headers.contains(name: "transfer-encoding") || headers[canonicalForm: "content-length"].contains { $0 != "0" }
    }

    /// Whether the client may wait for `100 Continue` before it sends the body (RFC 9110, section 10.1.1).
    package var expectsContinue: Bool {
        version == .http1_1 && hasBody && headers.contains(token: "100-continue", in: "expect")
    }

    /// The first expectation that is not `100-continue`; HTTP/1.0 has no expectations.
    var unknownExpectation: Substring? {
        guard version == .http1_1 else { return nil }
        return headers[canonicalForm: "expect"].first { !$0.isEmpty && $0.lowercased() != "100-continue" }
    }
}

extension HTTPRequestHead {
    /// Whether the client wants a WebSocket. The handshake may still be wrong.
    package var asksForWebSocket: Bool { headers.contains(token: "websocket", in: "upgrade") }
}

extension HTTPHeaders {
    /// Whether one of the comma-separated values of a header is this token, in any case of letters.
    package func contains(token: String, in name: String) -> Bool {
        self[canonicalForm: name].contains { value in
            value.utf8.count == token.utf8.count && value.lowercased() == token
        }
    }
}

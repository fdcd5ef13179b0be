/// The opcode of a frame (RFC 6455, section 5.2). The other ten values are reserved.
package enum WebSocketOpcode: UInt8, Sendable {
    case continuation = 0x0
    case text = 0x1
    case binary = 0x2
    case close = 0x8
    case ping = 0x9
    case pong = 0xA

    /// Whether this is close, ping or pong: at most 125 bytes, never fragmented.
    package var isControl: Bool { rawValue & 0x8 != 0 }
}

/// Why a WebSocket was closed (RFC 6455, section 7.4).
package struct WebSocketCloseCode: RawRepresentable, Hashable, Sendable {
    /// The number in the close frame.
    package let rawValue: UInt16

    /// The close code with this number.
    package init(rawValue: UInt16) { self.rawValue = rawValue }

    /// The purpose of the connection is fulfilled.
    package static let normal = Self(rawValue: 1000)
    /// The server is shutting down, or the browser has left the page.
    package static let goingAway = Self(rawValue: 1001)
    /// The peer violated the protocol.
    package static let protocolError = Self(rawValue: 1002)
    /// The peer sent a type of message that is not accepted.
    package static let unacceptableData = Self(rawValue: 1003)
    /// The close frame had no code. Never sent.
    package static let missing = Self(rawValue: 1005)
    /// The connection ended without a close frame. Never sent.
    package static let abnormal = Self(rawValue: 1006)
    /// A text message is not UTF-8.
    package static let invalidText = Self(rawValue: 1007)
    /// The peer violated a rule of the application.
    package static let policyViolation = Self(rawValue: 1008)
    /// A message is too long, or has too many fragments.
    package static let messageTooLong = Self(rawValue: 1009)
    /// The server could not continue.
    package static let internalError = Self(rawValue: 1011)

    /// Whether a peer may put this code in a close frame: 1000–1003, 1007–1011 and 3000–4999.
    package var isAllowedOnWire: Bool {
        switch rawValue {
        case 1000...1003, 1007...1011, 3000...4999: true
        default: false
        }
    }
}

/// How a peer violated RFC 6455, and the code with which the connection is closed for this.
package struct WebSocketViolation: Error, Hashable, Sendable, CustomStringConvertible {
    /// The code of the close frame.
    package let code: WebSocketCloseCode
    /// A sentence for the developer of the peer, sent as the close reason; at most 123 bytes.
    package let detail: String

    /// A violation; the detail must have at most 123 bytes.
    package init(_ code: WebSocketCloseCode, _ detail: String) {
        self.code = code
        self.detail = detail
    }

    /// The number of the code, and the detail.
    package var description: String { "\(code.rawValue): \(detail)" }
}

/// Why a WebSocket was closed (RFC 6455 section 7.4).
package struct WebSocketCloseCode: RawRepresentable, Hashable, Sendable {
    package let rawValue: UInt16

    package init(rawValue: UInt16) { self.rawValue = rawValue }

    package static let normal = Self(rawValue: 1000)
    package static let goingAway = Self(rawValue: 1001)
    package static let protocolError = Self(rawValue: 1002)
    package static let unacceptableData = Self(rawValue: 1003)
    /// A close frame without a code; never on the wire.
    package static let missing = Self(rawValue: 1005)
    /// The connection went away without a close frame; never on the wire.
    package static let abnormal = Self(rawValue: 1006)
    package static let invalidText = Self(rawValue: 1007)
    package static let policyViolation = Self(rawValue: 1008)
    package static let messageTooLong = Self(rawValue: 1009)
    package static let internalError = Self(rawValue: 1011)

    /// Whether a peer may put this code in a close frame: 1000–1003, 1007–1011 and 3000–4999.
    package var isAllowedOnWire: Bool {
        switch rawValue {
        case 1000...1003, 1007...1011, 3000...4999: true
        default: false
        }
    }
}

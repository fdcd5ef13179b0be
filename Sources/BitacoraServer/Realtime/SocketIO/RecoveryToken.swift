import Base64
import Crypto
import EventLog

/// What a client needs to take its session up again, as the `pid` of Socket.IO:
/// signed, so that the server need not remember any session.
///
/// ```
///  0        1          2     2+n     10+n                     26+n
///  ├ format ┼ length n ┼ sid ┼ start ┼ HMAC-SHA-256, 16 bytes ┤   base64url
/// ```
/// The offset is 8 bytes, little endian; all ones stand for none.
/// The signature also covers the log's id, the namespace and the filter: a
/// client that comes with another of these has not what the token speaks of.
struct RecoveryToken: Equatable {
    /// The longest text that is looked at, in bytes.
    static let maximumBytes = 256
    private static let format: UInt8 = 1
    private static let tagBytes = 16

    /// The session's name, which the client keeps.
    let sid: String
    /// The event after which the session began, where the client's own words
    /// do not tell it again: for who is cut off before it received anything.
    let start: Offset?

    /// What the token is bound to beside its contents.
    struct Scope {
        let log: LogID
        let namespace: String
        let filter: EventFilter

        fileprivate var bytes: [UInt8] {
            let topics = filter.topics.map(\.description).sorted()
            let texts =
                ["\(log)", namespace, "\(topics.count)", "\(filter.types.count)"] + topics + filter.types.sorted()
            return texts.flatMap { Array($0.utf8) + [0] }
        }
    }

    func signed(with key: RecoveryKey, _ scope: Scope) -> String {
        var bytes = [Self.format, UInt8(clamping: sid.utf8.count)] + Array(sid.utf8)
        withUnsafeBytes(of: (start ?? .end).rawValue.littleEndian) { bytes += $0 }
        return Base64.encoded(bytes + Self.tag(bytes, key, scope), .url)
    }

    private static func tag(_ bytes: [UInt8], _ key: RecoveryKey, _ scope: Scope) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: bytes + scope.bytes, using: key.key).prefix(tagBytes))
    }
}

extension RecoveryToken {
    /// - Returns: nil unless `text` was signed with this key for this scope.
    init?(_ text: String, key: RecoveryKey, _ scope: Scope) {
        guard text.utf8.count <= Self.maximumBytes, let all = Base64.decoded(text, .url) else { return nil }
        let bytes = all.dropLast(Self.tagBytes)
        guard all.count > 2 + 8 + Self.tagBytes, bytes[0] == Self.format, bytes.count == 2 + Int(bytes[1]) + 8 else {
            return nil
        }
        guard Self.isEqual(Self.tag(Array(bytes), key, scope), all.suffix(Self.tagBytes)) else { return nil }
        sid = String(decoding: bytes.dropFirst(2).prefix(Int(bytes[1])), as: UTF8.self)
        start = Self.offset(bytes.suffix(8))
    }

    private static func offset(_ bytes: ArraySlice<UInt8>) -> Offset? {
        let offset = Offset(bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) })
        return offset == .end ? nil : offset
    }

    /// Takes the same time wherever they differ.
    private static func isEqual(_ left: [UInt8], _ right: ArraySlice<UInt8>) -> Bool {
        left.count == right.count && zip(left, right).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }
}

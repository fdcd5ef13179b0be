import HTTPTypes
import Hummingbird
import SocketIO

/// Which answers are compressed, for clients that take gzip.
enum Compression {
    /// Shorter bodies are not compressed: they fit into one packet anyway.
    static let minimumBytes = 1024
    /// Bodies up to this length are compressed in one step, longer ones piece by piece.
    static let maximumAtOnce = 256 << 10

    /// Whether bodies of a media type are compressed: text, JSON and XML (also SVG). Pictures, fonts and other bytes are
    /// compressed already or do not become shorter.
    static func applies(to type: String?) -> Bool {
        guard let type = type?.prefix(while: { $0 != ";" && $0 != " " }).lowercased() else { return false }
        return type.hasPrefix("text/") || type == "application/json" || type.hasSuffix("+json")
            || type.hasSuffix("+xml")
    }

    static func isAccepted(by request: Request) -> Bool {
        AcceptEncoding.gzip(request.headers[values: .acceptEncoding].flatMap { $0.split(separator: ",") })
    }
}

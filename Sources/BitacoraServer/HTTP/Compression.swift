import HTTPTypes
import Hummingbird
import SocketIO

/// Which answers are compressed, for clients that take gzip.
enum Compression {
    /// Shorter bodies leave as they are: compressed they would fill as many packets.
    static let minimumBytes = 1024
    /// Bodies up to this length are compressed in one step, longer ones piece by piece.
    static let maximumAtOnce = 256 << 10

    /// Whether a body of a media type becomes shorter: text, also where it is called an application's or an image's.
    /// Pictures, fonts and bytes are compressed already or cannot be.
    static func applies(to type: String?) -> Bool {
        guard let type = type?.prefix(while: { $0 != ";" && $0 != " " }).lowercased() else { return false }
        return type.hasPrefix("text/") || type == "application/json" || type.hasSuffix("+json") || type.hasSuffix("+xml")
    }

    static func isAccepted(by request: Request) -> Bool {
        AcceptEncoding.gzip(request.headers[values: .acceptEncoding].flatMap { $0.split(separator: ",") })
    }
}

import HTTPTypes
import JSON
import NIOCore
import NIOHTTP1
import WebSocket

extension Problem {
    /// The document for a request that the connection refused before the router saw it.
    @Sendable static func rejectionBody(_ refusal: RequestRejection) -> (contentType: String, bytes: ByteBuffer) {
        let status = HTTPResponse.Status(code: Int(refusal.status.code), reasonPhrase: refusal.status.reasonPhrase)
        let problem = Problem(status, refusal.code, refusal.detail)
        return ("application/problem+json", ByteBuffer(bytes: problem.json.bytes))
    }
}

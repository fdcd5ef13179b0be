import Hummingbird
import JSON
import NIOCore

extension Request {
    /// The body as JSON.
    ///
    /// - Parameter limit: the most bytes; more is answered 413.
    func json(limit: Int) async throws -> JSONValue {
        if let length = headers[.contentLength].flatMap({ Int($0) }), length > limit { throw Self.tooLarge(limit) }
        let bytes: ByteBuffer
        do {
            bytes = try await body.collect(upTo: limit)
        } catch is NIOTooManyBytesError {
            throw Self.tooLarge(limit)
        } catch let error as HTTPError where error.status == .contentTooLarge {
            throw Self.tooLarge(limit)
        }
        guard bytes.readableBytes > 0 else {
            throw Problem(.badRequest, "invalid", "the request has no body; send JSON")
        }
        do throws(JSONError) {
            return try bytes.withUnsafeReadableBytes { bytes throws(JSONError) in try JSONValue(parsing: bytes) }
        } catch {
            throw Problem(.badRequest, "invalid", "the body is not JSON: \(error)")
        }
    }

    private static func tooLarge(_ limit: Int) -> Problem {
        Problem(.contentTooLarge, "too-large", "the body is larger than \(limit) bytes")
    }
}

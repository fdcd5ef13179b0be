import HTTPTypes
import Hummingbird
import HummingbirdCore
import NIOCore
import SocketIO
import Synchronization

/// Compresses the answers of the routes for clients that accept gzip; only `HeadMiddleware` is outside of it.
///
/// NIO's own handler (`HTTPResponseCompressor`) does not fit: it compresses on the event loop, bodies of any length, and
/// everything on its connection, the streams and sockets of `HTTPUpgradeChannel` too. Routes do not run on event loops; a
/// long body is still compressed in pieces, so that other requests run in between.
struct CompressionMiddleware<Context: RequestContext>: RouterMiddleware {
    private let slots = CompressionSlots()

    @concurrent func handle(
        _ request: Request, context: Context, next: @concurrent (Request, Context) async throws -> Response
    ) async throws -> Response {
        var response = try await next(request, context)
        guard response.status != .notModified else {
            Self.addVary(&response)
            // The client has the compressed form, whose tag is weak.
            if Compression.isAccepted(by: request), let tag = response.headers[.eTag],
                let known = request.headers[.ifNoneMatch],
                EntityTags.list(known).contains(EntityTags.weak(tag))
            {
                response.headers[.eTag] = EntityTags.weak(tag)
            }
            return response
        }
        let length = response.headers[.contentLength].flatMap { Int($0) }
        let isCompressed = response.headers[.contentEncoding] != nil
        guard Compression.applies(to: response.headers[.contentType]),
            isCompressed || (length ?? .max) >= Compression.minimumBytes
        else { return response }
        Self.addVary(&response)
        guard !isCompressed, Compression.isAccepted(by: request) else { return response }
        if let length, length <= Compression.maximumAtOnce {
            try await Self.compressAtOnce(&response)
        } else {
            compressInPieces(&response)
        }
        return response
    }

    /// Tells caches to keep a separate answer for each coding.
    private static func addVary(_ response: inout Response) {
        response.headers[.vary] = response.headers[.vary].map { "\($0), Accept-Encoding" } ?? "Accept-Encoding"
    }

    private static func mark(_ response: inout Response) {
        response.headers[.contentEncoding] = "gzip"
        if let tag = response.headers[.eTag] { response.headers[.eTag] = EntityTags.weak(tag) }
    }

    @concurrent private static func compressAtOnce(_ response: inout Response) async throws {
        let collector = Collector()
        try await response.body.write(CollectingWriter(collector: collector))
        let compressed = Gzip.compressed(collector.bytes)
        response.body = ResponseBody(byteBuffer: compressed ?? collector.bytes)
        if compressed != nil { mark(&response) }
    }

    /// Leaves the body uncompressed when too many others are being compressed.
    private func compressInPieces(_ response: inout Response) {
        guard let slot = slots.take() else { return }
        let body = response.body
        response.body = ResponseBody { writer in
            guard let gzip = GzipStream() else {
                throw ServerError("zlib could not allocate memory to compress an answer")
            }
            try await body.write(CompressingWriter(writer: writer, gzip: gzip, slot: slot))
        }
        Self.mark(&response)
    }
}

/// Collects the bytes that a body writes.
private final class Collector {
    var bytes = ByteBuffer()
}

private struct CollectingWriter: ResponseBodyWriter {
    let collector: Collector

    @concurrent mutating func write(_ buffer: ByteBuffer) async throws { collector.bytes.writeImmutableBuffer(buffer) }

    @concurrent func finish(_ trailingHeaders: HTTPFields?) async throws {}
}

/// Compresses what a body writes, piece by piece.
private struct CompressingWriter: ResponseBodyWriter {
    /// How many bytes are compressed before other tasks run.
    private static var pieceBytes: Int { 64 << 10 }

    var writer: any ResponseBodyWriter
    let gzip: GzipStream
    /// Held until the body is written.
    let slot: CompressionSlots.Slot

    @concurrent mutating func write(_ buffer: ByteBuffer) async throws {
        var rest = buffer
        while let piece = rest.readSlice(length: min(rest.readableBytes, Self.pieceBytes)), piece.readableBytes > 0 {
            let compressed = gzip.compress(piece)
            if compressed.readableBytes > 0 { try await writer.write(compressed) }
            await Task.yield()
        }
    }

    @concurrent func finish(_ trailingHeaders: HTTPFields?) async throws {
        var writer = writer
        try await writer.write(gzip.finish())
        try await writer.finish(trailingHeaders)
    }
}

/// Limits how many answers are compressed in pieces at once: each has a `GzipStream` until the client has received the
/// answer.
final class CompressionSlots: Sendable {
    static let maximum = 64

    private let taken = Mutex(0)

    /// Permission to compress one answer; ends when the object is released.
    final class Slot: Sendable {
        private let slots: CompressionSlots

        fileprivate init(_ slots: CompressionSlots) { self.slots = slots }

        deinit { slots.taken.withLock { $0 -= 1 } }
    }

    /// - Returns: nil when all slots are taken.
    func take() -> Slot? {
        let isFree = taken.withLock { taken in
            guard taken < Self.maximum else { return false }
            taken += 1
            return true
        }
        return isFree ? Slot(self) : nil
    }
}

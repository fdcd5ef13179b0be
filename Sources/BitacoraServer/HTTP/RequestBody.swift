import HTTPTypes
public import Hummingbird
public import JSON
import NIOCore

extension Request {
    /// The body as JSON.
    ///
    /// - Parameter limit: the most bytes; more is answered 413.
    public func json(limit: Int) async throws -> JSONValue {
        let bytes = try await jsonBytes(limit)
        return try Self.checking { () throws(JSONError) in
            try bytes.withUnsafeReadableBytes { bytes throws(JSONError) in try JSONValue(parsing: bytes) }
        }
    }

    /// The body as JSON text without insignificant whitespace, everything else as it was written.
    ///
    /// - Parameters:
    ///   - limit: the most bytes; more is answered 413.
    ///   - maximumDepth: how deep arrays and objects may nest.
    func jsonText(limit: Int, maximumDepth: Int) async throws -> [UInt8] {
        let bytes = try await jsonBytes(limit)
        return try Self.checking { () throws(JSONError) in
            try JSONText.minified(Array(bytes.readableBytesView), maximumDepth: maximumDepth)
        }
    }

    private func jsonBytes(_ limit: Int) async throws -> ByteBuffer {
        let bytes = try await bytes(limit: limit)
        guard bytes.readableBytes > 0 else {
            throw Problem(.badRequest, "invalid", "the request has no body; send JSON")
        }
        return bytes
    }

    private static func checking<Value>(_ parse: () throws(JSONError) -> Value) throws(Problem) -> Value {
        do throws(JSONError) {
            return try parse()
        } catch {
            throw Problem(.badRequest, "invalid", "the body is not JSON: \(error)")
        }
    }

    /// The body as a form of a page sends it.
    ///
    /// - Parameter limit: the most bytes; more is answered 413.
    public func form(limit: Int) async throws -> SentForm {
        guard isForm else {
            throw Problem(
                .unsupportedMediaType, "not-a-form", "this address takes forms, \(Self.formType); programs use /api/")
        }
        return SentForm(address: uri.path, text: String(buffer: try await bytes(limit: limit)))
    }

    /// Whether the body is what a form of a page sends.
    var isForm: Bool {
        let type = headers[.contentType]?.lowercased() ?? ""
        return type == Self.formType || type.hasPrefix(Self.formType + ";")
    }

    private static let formType = "application/x-www-form-urlencoded"

    /// - Throws: 415 for a body with a `Content-Encoding`, 413 for one beyond the limit.
    private func bytes(limit: Int) async throws -> ByteBuffer {
        try checkEncoding()
        // The parser accepts digits only, so a length that is not an `Int` is larger than `Int.max`.
        if let length = headers[.contentLength], Int(length) ?? .max > limit { throw Self.tooLarge(limit) }
        do {
            return try await body.collect(upTo: limit)
        } catch is NIOTooManyBytesError {
            throw Self.tooLarge(limit)
        } catch let error as HTTPError where error.status == .contentTooLarge {
            throw Self.tooLarge(limit)
        }
    }

    /// Refuses a body with a `Content-Encoding`; the answer's `Accept-Encoding` says so (RFC 9110, section 15.5.16).
    private func checkEncoding() throws(Problem) {
        let codings = headers[values: .contentEncoding].flatMap { $0.split(separator: ",") }
            .map { $0.filter { $0 != " " && $0 != "\t" }.lowercased() }
        guard let coding = codings.first(where: { !$0.isEmpty && $0 != "identity" }) else { return }
        var problem = Problem(
            .unsupportedMediaType, "encoded-body",
            "the body has Content-Encoding '\(coding.prefix(64))', which is not supported; send it uncompressed")
        problem.headers[.acceptEncoding] = "identity"
        throw problem
    }

    private static func tooLarge(_ limit: Int) -> Problem {
        Problem(.contentTooLarge, "too-large", "the body is larger than \(limit) bytes")
    }
}

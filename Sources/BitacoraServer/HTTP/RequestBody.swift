import Base64
import Crypto
import HTTPTypes
public import Handlebars
public import Hummingbird
import Inspection
public import JSON
import NIOCore

extension Request {
    /// Reads the body as JSON.
    ///
    /// - Parameter limit: the maximum number of bytes.
    /// - Throws: `Problem`: 413 for a larger body, 415 for a compressed one, 400 for a body that is not JSON.
    public func json(limit: Int) async throws -> JSONValue {
        let bytes = try await jsonBytes(limit)
        return try Self.checking { () throws(JSONError) in
            try bytes.withUnsafeReadableBytes { bytes throws(JSONError) in try JSONValue(parsing: bytes) }
        }
    }

    /// Reads the body as JSON text and removes insignificant whitespace; everything else stays as it was sent.
    ///
    /// - Parameters:
    ///   - limit: the maximum number of bytes; a larger body is answered 413.
    ///   - maximumDepth: the maximum depth of nested arrays and objects.
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

    /// Reads the body as the fields of an HTML form.
    ///
    /// - Parameter limit: the maximum number of bytes.
    /// - Throws: `Problem`: 415 for another media type, a compressed body and JSON, 413 for a larger body and for more
    ///   than 10,000 fields, 400 for text that is not UTF-8 or has percent escapes that cannot be decoded.
    public func form(limit: Int) async throws -> FormSubmission {
        guard isForm else {
            throw Problem(
                .unsupportedMediaType, "not-a-form",
                "this address accepts only forms (\(Self.formType)); programs use the addresses below /api/")
        }
        let bytes = try await bytes(limit: limit)
        guard let text = String(validating: bytes.readableBytesView, as: UTF8.self) else {
            throw Problem(.badRequest, "invalid", "the form is not UTF-8; send its text in UTF-8, percent-encoded")
        }
        // `curl -d` sends JSON with the media type of a form. In a form, `{` is percent-encoded.
        guard text.first(where: { !$0.isWhitespace }) != "{" else {
            throw Problem(
                .unsupportedMediaType, "media-type",
                "the body is JSON but was sent as a form; send Content-Type: application/json", field: "Content-Type")
        }
        guard text.utf8.count(where: { $0 == UInt8(ascii: "&") }) < FormSubmission.maximumFields else {
            throw Problem(
                .contentTooLarge, "too-large",
                "the form has more than \(FormSubmission.maximumFields) fields; send them as JSON, or in several forms")
        }
        try EncodedText.check(pairs: text, noun: "field")
        return FormSubmission(address: uri.path, text: text)
    }

    /// Whether the body is that of an HTML form.
    var isForm: Bool {
        let type = headers[.contentType]?.lowercased() ?? ""
        return type == Self.formType || type.hasPrefix(Self.formType + ";")
    }

    /// Whether the body is that of an HTML form with files.
    var isMultipart: Bool { headers[.contentType]?.lowercased().hasPrefix("multipart/form-data") ?? false }

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

    /// Rejects a body with a `Content-Encoding`, with `Accept-Encoding` in the answer (RFC 9110, section 15.5.16).
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

/// An HTML form that a browser submitted.
public struct FormSubmission: Sendable {
    /// The maximum number of fields of a form.
    static let maximumFields = 10_000

    /// The fields of the form.
    public let fields: Query
    /// An id for ``ApplicationContext/perform(_:id:source:)``, made from the address and the fields.
    ///
    /// A form that is submitted twice, by a second click or a retry, has the same id both times and takes effect once.
    /// A page puts the offset at which it was rendered into a hidden field, so that the same text submitted later from
    /// a new page has another id.
    public let id: String

    init(address: String, text: String) {
        fields = Query(text)
        let digest = SHA256.hash(data: Array("\(address)\n\(text)".utf8)).prefix(16)
        id = "form-" + digest.hexadecimal
    }
}

extension Response {
    /// Makes the answer to a form that took effect: a redirect (303), so that reloading the next page does not submit
    /// the form again.
    public static func seeOther(_ address: String) -> Response {
        Response(status: .seeOther, headers: [.location: address])
    }
}

/// Reads numbers in HTML forms.
public enum FormNumber {
    /// Reads a number; HTML accepts numbers that JSON does not: `.5`, `007`.
    ///
    /// - Parameters:
    ///   - text: the value of the field, without whitespace at its ends.
    ///   - field: the name of the field, for the error.
    ///   - example: a valid value, for the error.
    /// - Throws: `Problem` 422 `invalid` with the field.
    public static func read(_ text: String, of field: String, example: String) throws(Problem) -> JSONNumber {
        let digits = text.drop { $0 == "0" }
        let plain = digits.first.map { $0.isASCII && $0.isNumber } == true ? String(digits) : "0" + digits
        if !text.isEmpty, let number = JSONNumber(text) ?? JSONNumber(plain) { return number }
        throw Problem(
            .unprocessableContent, "invalid",
            "\(field) must be a number such as \(example)" + (text.isEmpty ? "" : ", not '\(text.prefix(64))'"),
            field: field)
    }
}

extension Object {
    /// Adds the error of a form for its template: as the member `faults.FIELD`, or as the member `problem` when the
    /// error is not about a field of the form.
    ///
    /// - Parameters:
    ///   - problem: the error; nil adds nothing.
    ///   - fields: the fields beside which the template shows an error.
    public mutating func addProblem(_ problem: Problem?, fields: [String]) {
        guard let problem else { return }
        let detail = Value.string(ShownText.escaped(problem.detail))
        if let field = problem.field, fields.contains(field) {
            self["faults"] = .object([field: detail])
        } else {
            self["problem"] = detail
        }
    }
}

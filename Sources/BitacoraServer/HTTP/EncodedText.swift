import Base64
import HTTPTypes
import Inspection

/// Refuses addresses and forms with percent escapes that cannot be decoded.
///
/// Decoding such text would change it, so the client would read or write something else than it asked for.
enum EncodedText {
    /// Checks the path and the query of a request.
    ///
    /// - Parameter target: the target of the request, percent-encoded.
    /// - Throws: `Problem` 400 with the text at fault, and with the name of its parameter.
    static func check(target: String) throws(Problem) {
        guard target.utf8.contains(UInt8(ascii: "%")) else { return }
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        if let fault = FormEncoding.fault(in: parts[0]) { throw problem("the path", fault) }
        if parts.count > 1 { try check(pairs: parts[1], noun: "parameter") }
    }

    /// Checks the pairs `name=value&…` of a query or a form.
    ///
    /// - Parameter noun: what a pair is called in the error.
    /// - Throws: `Problem` 400 with the text at fault, and with the name of its pair.
    static func check(pairs: some StringProtocol, noun: String) throws(Problem) {
        for pair in pairs.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if let fault = FormEncoding.fault(in: parts[0]) { throw problem("the name of a \(noun)", fault) }
            guard parts.count > 1, let fault = FormEncoding.fault(in: parts[1]) else { continue }
            let name = FormEncoding.decoded(parts[0])
            throw problem("\(noun) '\(ShownText.escaped(String(name.prefix(64))))'", fault, field: name)
        }
    }

    private static func problem(_ place: String, _ fault: FormEncoding.Fault, field: String? = nil) -> Problem {
        let detail =
            switch fault {
            case .escape(let text):
                "'\(ShownText.escaped(text))', which is not a percent escape; write % and two hexadecimal digits, and a percent sign as %25"
            case .encoding(let text): "'\(text)', which is not UTF-8; escape the bytes of UTF-8"
            }
        return Problem(.badRequest, "invalid", "\(place) has \(detail)", field: field)
    }
}

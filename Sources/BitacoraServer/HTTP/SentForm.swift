import Base64
import Crypto
import HTTPTypes
public import Hummingbird

/// A form of plain HTML as a browser sent it.
public struct SentForm: Sendable {
    /// The fields of the form.
    public let fields: Query
    /// The idempotency id of what it says: the same form sent twice, by a second click or over a bad line, has the
    /// same one and takes effect once. A page puts the offset at which it was shown into each form, so that the same
    /// words later are another one.
    public let id: String

    init(address: String, text: String) {
        fields = Query(text)
        let digest = SHA256.hash(data: Array("\(address)\n\(text)".utf8)).prefix(16)
        id = "form-" + digest.hexadecimal
    }
}

extension Response {
    /// The answer to a form that was carried out: loading the page it leads to again does nothing twice.
    public static func seeOther(_ address: String) -> Response {
        Response(status: .seeOther, headers: [.location: address])
    }
}

import NIOHTTP1

/// Whether a client takes compressed answers (RFC 9110 section 12.5.3).
package enum AcceptEncoding {
    static func gzip(_ head: HTTPRequestHead) -> Bool { gzip(head.headers[canonicalForm: "accept-encoding"]) }

    /// - Parameter values: the elements of all `Accept-Encoding` headers, with their weights.
    package static func gzip(_ values: [Substring]) -> Bool {
        weight(of: "gzip", values) ?? weight(of: "*", values) ?? false
    }

    /// Whether a coding has a weight above zero; nil when it is not named.
    private static func weight(of coding: String, _ values: [Substring]) -> Bool? {
        for value in values {
            let parts = value.split(separator: ";").map { $0.filter { $0 != " " && $0 != "\t" }.lowercased() }
            guard parts.first == coding else { continue }
            let weight = parts.dropFirst().first { $0.hasPrefix("q=") }?.dropFirst(2)
            return weight.map { !$0.allSatisfy { $0 == "0" || $0 == "." } } ?? true
        }
        return nil
    }
}

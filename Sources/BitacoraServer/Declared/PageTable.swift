import Base64
import Declarations

/// The pages of a folder application, found by the path of a request.
///
/// At most one route matches a path (`PageRoute.overlaps`). Empty levels are ignored, so `/orders/` is `/orders`.
struct PageTable: Sendable {
    private let pages: [DeclaredPage]

    init(_ pages: [DeclaredPage]) { self.pages = pages }

    /// The page of a path, with the values of the names in its route.
    ///
    /// - Parameter path: the path of the request, percent-encoded.
    /// - Returns: nil when no page has the path.
    func page(at path: String) -> (page: DeclaredPage, values: [String: String])? {
        let texts = path.split(separator: "/").map { FormEncoding.decoded(partOfPath: $0) }
        for page in pages where page.route.levels.count == texts.count {
            if let values = Self.values(page.route.levels, texts) { return (page, values) }
        }
        return nil
    }

    private static func values(_ levels: [PageRoute.Level], _ texts: [String]) -> [String: String]? {
        var values: [String: String] = [:]
        for (level, text) in zip(levels, texts) {
            switch level {
            case .literal(let expected): guard expected == text else { return nil }
            case .name(let name): values[name] = text
            }
        }
        return values
    }
}

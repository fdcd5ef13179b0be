import Base64
import Declarations

/// The pages of a folder application, found by the path of a request.
///
/// Where several routes match, a level with the same text wins over a level with a name: `/orders/new` before
/// `/orders/{order}`. Empty levels are ignored, so `/orders/` is `/orders`.
struct PageTable: Sendable {
    private enum Level: Hashable, Sendable {
        case text(String)
        case name(String)
    }

    private let entries: [(levels: [Level], page: DeclaredPage)]

    init(_ pages: [DeclaredPage]) {
        entries = pages.map { page in (Self.levels(of: page.route), page) }
            .sorted { Self.precedes($0.levels, $1.levels) }
    }

    /// The page of a path, with the values of the names in its route.
    ///
    /// - Parameter path: the path of the request, percent-encoded.
    /// - Returns: nil when no page has the path.
    func page(at path: String) -> (page: DeclaredPage, values: [String: String])? {
        let texts = path.split(separator: "/").map { FormEncoding.decoded(partOfPath: $0) }
        for (levels, page) in entries where levels.count == texts.count {
            if let values = Self.values(levels, texts) { return (page, values) }
        }
        return nil
    }

    private static func levels(of route: String) -> [Level] {
        route.split(separator: "/").map { level in
            level.hasPrefix("{") && level.hasSuffix("}")
                ? .name(String(level.dropFirst().dropLast())) : .text(String(level))
        }
    }

    private static func values(_ levels: [Level], _ texts: [String]) -> [String: String]? {
        var values: [String: String] = [:]
        for (level, text) in zip(levels, texts) {
            switch level {
            case .text(let expected): guard expected == text else { return nil }
            case .name(let name): values[name] = text
            }
        }
        return values
    }

    private static func precedes(_ one: [Level], _ other: [Level]) -> Bool {
        for (left, right) in zip(one, other) {
            if case .text = left, case .name = right { return true }
            if case .name = left, case .text = right { return false }
        }
        return false
    }
}

/// Finds a smaller case with the same difference between two engines.
struct Shrinker {
    private let node: NodeHandlebars
    /// The maximum number of smaller cases to try.
    private static let maximumAttempts = 3_000

    init(_ node: NodeHandlebars) { self.node = node }

    func shrink(
        _ item: DifferentialCase, _ difference: DifferentialCase.Difference
    ) throws -> (DifferentialCase, DifferentialCase.Difference) {
        var (best, shown) = (item, difference)
        var attempts = 0
        var improved = true
        while improved, attempts < Self.maximumAttempts {
            improved = false
            for candidate in Self.smaller(best) {
                attempts += 1
                if attempts > Self.maximumAttempts { break }
                guard let difference = try candidate.difference(from: node), difference.kind == shown.kind else {
                    continue
                }
                (best, shown) = (candidate, difference)
                improved = true
                break
            }
        }
        return (best, shown)
    }

    private static func smaller(_ item: DifferentialCase) -> [DifferentialCase] {
        var cases: [DifferentialCase] = []
        func add(_ change: (inout DifferentialCase) -> Void) {
            var copy = item
            change(&copy)
            cases.append(copy)
        }
        if item.isHooked { add { $0.isHooked = false } }
        for option in item.options { add { $0.options.remove(option) } }
        for place in item.partials.indices { add { $0.partials.remove(at: place) } }
        for place in item.variables.indices { add { $0.variables.remove(at: place) } }
        for text in shorter(item.template) { add { $0.template = text } }
        for place in item.partials.indices {
            for text in shorter(item.partials[place].text) { add { $0.partials[place].text = text } }
        }
        for data in simpler(item.data) { add { $0.data = data } }
        return cases
    }

    /// The text without one of its parts, long parts first.
    private static func shorter(_ text: String) -> [String] {
        let characters = Array(text.unicodeScalars)
        var texts: [String] = []
        var length = characters.count
        while length > 0 {
            for start in stride(from: 0, to: characters.count - length + 1, by: max(1, length / 3)) {
                var view = String.UnicodeScalarView()
                view.append(contentsOf: characters[..<start])
                view.append(contentsOf: characters[(start + length)...])
                texts.append(String(view))
            }
            length = length > 12 ? length / 2 : length - 1
        }
        return texts
    }

    private static func simpler(_ data: Datum) -> [Datum] {
        switch data {
        case .array(let items):
            items.indices.map { place in
                var rest = items
                rest.remove(at: place)
                return .array(rest)
            }
                + items.indices.flatMap { place in
                    simpler(items[place]).map { item in
                        var changed = items
                        changed[place] = item
                        return .array(changed)
                    }
                }
        case .object(let fields):
            fields.indices.map { place in
                var rest = fields
                rest.remove(at: place)
                return .object(rest)
            }
                + fields.indices.flatMap { place in
                    simpler(fields[place].value).map { item in
                        var changed = fields
                        changed[place].value = item
                        return .object(changed)
                    }
                }
        case .lazy(let inner): [inner] + simpler(inner).map(Datum.lazy)
        case .string("x"), .number(1), .undefined, .null, .bool: []
        default: [.number(1), .string("x")]
        }
    }
}

import JSON

/// Finds partials that include themselves whatever the data are, so that they can never be rendered.
///
/// A call in a block, such as `{{#each children}}{{> tree}}{{/each}}`, is made only as deep as the data are nested. A call
/// outside of every block is always made.
struct PartialCycles {
    private typealias Call = (name: String, position: Int)

    /// The calls that each partial always makes.
    private var calls: [ExactText: [Call]] = [:]
    private var sources: [ExactText: Source] = [:]

    /// - Parameters:
    ///   - partials: the names that each partial uses.
    ///   - inlines: the names that an inline partial may have; a call of such a name may call the inline partial.
    init(_ partials: [ExactText: NameReferences], inlines: Set<ExactText>) {
        for (name, use) in partials {
            calls[name] = use.certainPartials.filter { !inlines.contains($0.name) && partials[$0.name] != nil }
            sources[name] = use.source
        }
    }

    /// An error for each cycle, at a call in the cycle.
    var errors: [TemplateError] {
        var found: [TemplateError] = []
        var visited: Set<ExactText> = []
        for start in calls.keys.sorted() where !visited.contains(start) {
            found += cycles(from: start, &visited)
        }
        return found
    }

    /// Follows the calls from a partial, without recursion: a chain of partials may be long.
    private func cycles(from start: ExactText, _ visited: inout Set<ExactText>) -> [TemplateError] {
        var found: [TemplateError] = []
        // The calls from `start` to the partial that is examined, each with the number of its calls that were followed.
        var path: [(name: ExactText, next: Int)] = [(start, 0)]
        visited.insert(start)
        while let (name, next) = path.last {
            guard next < calls[name, default: []].count else {
                path.removeLast()
                continue
            }
            path[path.count - 1].next += 1
            let call = calls[name, default: []][next]
            if let first = path.firstIndex(where: { $0.name.text.hasSameBytes(as: call.name) }) {
                if let error = error(path[first...].map(\.name.text), call, in: name) { found.append(error) }
            } else if visited.insert(ExactText(call.name)).inserted {
                path.append((ExactText(call.name), 0))
            }
        }
        return found
    }

    private func error(_ cycle: [String], _ call: Call, in name: ExactText) -> TemplateError? {
        let shown = cycle.count > 4 ? [cycle[0], cycle[1], "…", cycle[cycle.count - 1]] : cycle
        return sources[name]?.error(
            .limit,
            "The partial \(call.name) always includes itself: \((shown + [call.name]).joined(separator: " → "))",
            hint: "make the call in a block that ends with the data, such as {{#if}} or {{#each}}", at: call.position)
    }
}

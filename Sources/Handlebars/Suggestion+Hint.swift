import JSON

extension Suggestion {
    /// The length in bytes of the longest name that is compared, which bounds the cost.
    private static let maximumHintedLength = 40

    /// `did you mean "x"?` for the candidate most similar to the name; nil when no candidate is similar.
    ///
    /// A candidate is similar when it is near (`nearest`) and differs in at most one letter, and one more for each four bytes
    /// of the name. Of equally similar candidates, the first in the order of names is suggested.
    static func hint(for name: String, among candidates: some Sequence<String>) -> String? {
        guard name.utf8.count <= maximumHintedLength else { return nil }
        let names = candidates.filter { $0.utf8.count <= maximumHintedLength && $0 != name }.sorted()
        return nearest(to: name, among: names, maximumChanges: 1 + name.utf8.count / 4).map {
            "did you mean \"\($0)\"?"
        }
    }

    /// The hint for a call of an unknown helper.
    ///
    /// - Parameter lacksSpace: whether the first argument follows the name without a space.
    static func hint(forHelper name: String, lacksSpace: Bool, among candidates: some Sequence<String>) -> String? {
        if lacksSpace { return "a path must end with a name; the text after \"\(name)\" is read as an argument" }
        if ["elseif", "elsif", "elif"].contains(name.lowercased()) { return "write {{else if …}}" }
        return hint(for: name, among: candidates)
    }
}

import Testing

/// The public conformance corpus: classes A (pure) and B (with the helpers of its table) of kind `render`.
///
/// Beside the root of the package, in `../shared`; skipped where it is not.
@Suite("The Handlebars corpus", .enabled(if: Corpus.isPresent))
struct CorpusTests {
    /// Cases that do not pass yet, each with a reason. One that starts to pass fails the suite, so that it is struck out.
    static let knownGaps: [String: String] = [:]

    static let classes: Set = ["A", "B"]

    @Test("a case renders, or fails, as handlebars.js 4.7 does", arguments: Corpus.cases)
    func agrees(_ item: CorpusCase) throws {
        try #require(
            Self.classes.contains(item.category) && item.kind == "render", "no runner for class \(item.category)")
        let failure = item.failure()
        if let reason = Self.knownGaps[item.id] {
            #expect(failure != nil, "\(item.id) passes now; strike it out of the known gaps (\(reason))")
        } else {
            #expect(failure == nil, "\(failure ?? "")")
        }
    }

    @Test("every known gap names a case")
    func gapsExist() {
        let ids = Set(Corpus.cases.map(\.id))
        #expect(Self.knownGaps.keys.filter { !ids.contains($0) }.isEmpty)
    }
}

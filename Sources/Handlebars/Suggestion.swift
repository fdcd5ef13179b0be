/// Finds what somebody probably meant.
enum Suggestion {
    /// `did you mean "x"?` for the nearest of the candidates, or nothing when none is near.
    static func hint(for name: String, among candidates: some Sequence<String>) -> String? {
        guard name.utf8.count <= maximumLength else { return nil }
        let limit = 1 + name.utf8.count / 4
        var best: (name: String, distance: Int)?
        for candidate in candidates.prefix(maximumCandidates) where candidate.utf8.count <= maximumLength {
            let distance = distance(Array(name.utf8), Array(candidate.utf8))
            guard distance <= limit, distance > 0 else { continue }
            if let known = best, (known.distance, known.name) <= (distance, candidate) { continue }
            best = (candidate, distance)
        }
        return best.map { "did you mean \"\($0.name)\"?" }
    }

    /// Beyond these a guess costs more than it helps.
    private static let maximumLength = 40
    private static let maximumCandidates = 500

    /// The Levenshtein distance.
    private static func distance(_ one: [UInt8], _ two: [UInt8]) -> Int {
        var row = Array(0...two.count)
        for (i, byte) in one.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for j in two.indices {
                let substitution = diagonal + (byte == two[j] ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(substitution, diagonal + 1, row[j] + 1)
            }
        }
        return row[two.count]
    }
}

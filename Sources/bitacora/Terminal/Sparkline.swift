/// Numbers as a line of small columns: `▁▂▅█▃ ▁`.
enum Sparkline {
    private static let heights = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]

    /// One character for each value; a space for nothing.
    static func line(_ values: [Int]) -> String {
        let highest = values.max() ?? 0
        return values.map { value in
            value <= 0 ? " " : heights[min(heights.count - 1, value * heights.count / max(highest, 1))]
        }.joined()
    }
}

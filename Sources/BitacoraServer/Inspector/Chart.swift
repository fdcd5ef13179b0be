import EventLog
import Handlebars
import Inspection

/// Events over time as bars, in the units of an SVG that stretches to the width it has.
struct Chart {
    /// The size of the drawing, of a stretch of time, and the gap after each bar.
    static let height = 100
    static let step = 10
    private static let gap = 2
    /// A short history does not fill the width: its bars stay bars.
    private static let minimumCount = 30

    private let histogram: Histogram

    init(_ histogram: Histogram) { self.histogram = histogram }

    private var most: Int { histogram.counts.max() ?? 0 }

    /// As the templates see it.
    var value: Value {
        let histogram = histogram
        let most = max(1, most)
        let bars = Value.list(count: histogram.counts.count) { index in
            let count = histogram.counts[index]
            // One event among millions still shows.
            let height = count == 0 ? 0 : max(1, count * Self.height / most)
            return [
                "x": Value(index * Self.step), "y": Value(Self.height - height), "width": Value(Self.step - Self.gap),
                "height": Value(height),
                "label": .string("\(histogram.begin(index).toTheSecond): \(Amount.counted(count, "event"))"),
            ]
        }
        return [
            "width": Value(max(histogram.counts.count, Self.minimumCount) * Self.step - Self.gap),
            "height": Value(Self.height), "bars": bars,
            "unit": .string(histogram.widthText), "most": .string(Amount.grouped(most)),
            "begin": .string(histogram.begin(0).toTheSecond),
            "end": .string(histogram.begin(histogram.counts.count).toTheSecond),
            "busiest": .string(histogram.counts.firstIndex(of: most).map { histogram.begin($0).toTheSecond } ?? ""),
        ]
    }
}

extension Timestamp {
    /// `2026-01-02 03:04:05`, in UTC.
    var toTheSecond: String { String(shown.prefix(19)) }
}

import Foundation

/// Prints each figure as soon as it is measured, one line each, as text or as JSON.
struct BenchReport {
    let isJSON: Bool

    /// - Parameters:
    ///   - figure: the name of the figure, such as `append, groups of 100`.
    ///   - baseline: the same figure of the layer below, such as raw LMDB or bare sockets, from the same run.
    ///   - goal: the promised value, as text.
    func add(
        _ figure: String, _ value: Double, _ unit: String, baseline: (name: String, value: Double)? = nil,
        goal: String? = nil
    ) {
        if isJSON {
            var fields = [("figure", json(figure)), ("value", json(value)), ("unit", json(unit))]
            if let baseline {
                fields += [
                    ("baseline", json(baseline.name)), ("baselineValue", json(baseline.value)),
                    ("ratio", json(value / baseline.value)),
                ]
            }
            if let goal { fields.append(("goal", json(goal))) }
            print("{" + fields.map { "\"\($0)\":\($1)" }.joined(separator: ",") + "}")
            return
        }
        var line = "\(padded(figure, 46)) \(padded(short(value) + " " + unit, 22))"
        if let baseline { line += " \(fixed(value / baseline.value, 2)) × \(baseline.name) (\(short(baseline.value)))" }
        if let goal { line += "  goal \(goal)" }
        print(line)
    }

    /// A number that is not finite becomes `null`.
    private func json(_ value: some Encodable) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        return (try? encoder.encode(value)).map { String(decoding: $0, as: UTF8.self) } ?? "null"
    }

    private func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }

    /// Rounds from 100 on, and groups the digits by thousands.
    private func short(_ value: Double) -> String {
        guard value >= 100 else { return fixed(value, 2) }
        var digits = String(Int(value.rounded()))
        var groups: [String] = []
        while digits.count > 3 {
            groups.insert(String(digits.suffix(3)), at: 0)
            digits.removeLast(3)
        }
        return ([digits] + groups).joined(separator: ",")
    }

    private func fixed(_ value: Double, _ places: Int) -> String {
        if value < 0 { return "-" + fixed(-value, places) }
        var scale = 1.0
        for _ in 0..<places { scale *= 10 }
        let scaled = Int((value * scale).rounded())
        let fraction = String(scaled % Int(scale))
        return "\(scaled / Int(scale)).\(String(repeating: "0", count: places - fraction.count))\(fraction)"
    }
}

extension [Double] {
    /// The value at percentile `share`, 0 … 100.
    func percentile(_ share: Int) -> Double { sorted()[Swift.min(count - 1, count * share / 100)] }
}

extension ContinuousClock {
    /// Measures how many seconds `body` takes.
    static func seconds(_ body: () async throws -> Void) async rethrows -> Double {
        let start = now
        try await body()
        return (now - start) / .seconds(1)
    }
}

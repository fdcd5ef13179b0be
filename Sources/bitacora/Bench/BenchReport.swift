import JSON

/// Prints figures as they come: a line each, for people or as JSON.
struct BenchReport {
    let isJSON: Bool

    /// - Parameters:
    ///   - figure: what was measured, such as `append, groups of 100`.
    ///   - baseline: the same measured on what it is built on, in the same run.
    ///   - goal: what DESIGN asks for, as text.
    func add(
        _ figure: String, _ value: Double, _ unit: String, baseline: (name: String, value: Double)? = nil,
        goal: String? = nil
    ) {
        if isJSON {
            var object: JSONObject = ["figure": .string(figure), "value": number(value), "unit": .string(unit)]
            if let baseline {
                object["baseline"] = .string(baseline.name)
                object["baselineValue"] = number(baseline.value)
                object["ratio"] = number(value / baseline.value)
            }
            if let goal { object["goal"] = .string(goal) }
            print(JSONValue.object(object).text)
            return
        }
        var line = "\(padded(figure, 46)) \(padded(short(value) + " " + unit, 22))"
        if let baseline { line += " \(fixed(value / baseline.value, 2)) × \(baseline.name) (\(short(baseline.value)))" }
        if let goal { line += "  goal \(goal)" }
        print(line)
    }

    private func number(_ value: Double) -> JSONValue { JSONNumber(value).map { .number($0) } ?? .null }

    private func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }

    /// Three significant digits from 100 on, with thousands apart.
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

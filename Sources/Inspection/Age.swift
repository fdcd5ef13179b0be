/// A length of time as people write it: `90s`, `15m`, `2h`, `3d`, `1w`.
package enum Age {
    private static let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800]

    /// Nil when it is none, or longer than a thousand years.
    package static func duration(_ text: String) -> Duration? {
        guard let unit = text.last.flatMap({ units[$0] }),
            text.dropLast().utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let count = Int64(text.dropLast())
        else { return nil }
        let (seconds, overflow) = count.multipliedReportingOverflow(by: unit)
        return overflow || seconds > 31_536_000_000 ? nil : .seconds(seconds)
    }
}

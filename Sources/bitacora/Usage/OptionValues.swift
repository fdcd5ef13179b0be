import ArgumentParser
import Inspection

/// A parser for numbers of bytes, such as `4096`, `500MB` or `10GiB`.
enum ByteCount {
    private static let units: [(name: String, bytes: Int)] = [
        ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("TiB", 1 << 40), ("kB", 1000), ("KB", 1000),
        ("MB", 1_000_000),
        ("GB", 1_000_000_000), ("TB", 1_000_000_000_000), ("B", 1),
    ]

    @Sendable static func parse(_ text: String) throws -> Int {
        let (name, unit) = units.first { text.hasSuffix($0.name) } ?? ("", 1)
        let digits = text.dropLast(name.count)
        if digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let count = Int(digits), count > 0 {
            let (bytes, overflow) = count.multipliedReportingOverflow(by: unit)
            if !overflow { return bytes }
        }
        throw ValidationError(
            "'\(text)' is not a size; write a number of bytes, or a number with kB, MB, GB, TB, KiB, MiB, GiB or TiB, such as 500MB"
        )
    }
}

extension Age {
    /// Parses an age that is not zero.
    @Sendable static func parse(_ text: String) throws -> Duration {
        guard let duration = duration(text), duration > .zero else {
            throw ValidationError("'\(text)' is not an age; write a number and s, m, h, d or w, such as 12h or 90d")
        }
        return duration
    }
}

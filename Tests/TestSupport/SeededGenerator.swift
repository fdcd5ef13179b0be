import Glibc

/// The random number generator SplitMix64: the same seed gives the same numbers on every machine.
package struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    /// A generator that begins with a seed.
    package init(seed: UInt64) { state = seed }

    /// The next random number.
    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// The seeds of a property test: three fixed seeds, so that a failure comes from the change under test. In a campaign
    /// (`Tests/run --campaigns`) a new seed replaces the last one. `BITACORA_SEED` replaces all of them.
    package static let seeds: [UInt64] = {
        if let seed = getenv("BITACORA_SEED").flatMap({ UInt64(String(cString: $0)) }) { return [seed] }
        guard getenv("BITACORA_CAMPAIGN") != nil else { return [1, 2, 3] }
        let fresh = UInt64.random(in: .min ... .max)
        print("properties run with the seeds 1, 2 and \(fresh); BITACORA_SEED=… chooses one")
        return [1, 2, fresh]
    }()

    /// True with the probability `part / whole`.
    package mutating func chance(_ part: Int, of whole: Int) -> Bool { Int.random(in: 0..<whole, using: &self) < part }

    /// A number of a range, all with the same probability.
    package mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &self) }

    /// Splits bytes into pieces of 1 to 20 bytes.
    package mutating func cut(_ bytes: [UInt8]) -> [[UInt8]] {
        var pieces: [[UInt8]] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = Int.random(in: 1...20, using: &self)
            pieces.append(Array(rest.prefix(count)))
            rest = rest.dropFirst(count)
        }
        return pieces
    }
}

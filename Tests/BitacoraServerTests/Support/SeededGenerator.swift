import Glibc

/// SplitMix64: the same seed gives the same numbers everywhere.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// Seeds for a property: one that never changes and one that is new each time, or `BITACORA_SEED`.
    static let seeds: [UInt64] = {
        if let seed = getenv("BITACORA_SEED").flatMap({ UInt64(String(cString: $0)) }) { return [seed] }
        let fresh = UInt64.random(in: .min ... .max)
        print("BitacoraServer properties run with the seeds 1 and \(fresh); BITACORA_SEED=… chooses one")
        return [1, fresh]
    }()

    mutating func chance(_ part: Int, of whole: Int) -> Bool { Int.random(in: 0..<whole, using: &self) < part }

    mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &self) }
}

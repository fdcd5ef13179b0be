/// SHA-256 straight from FIPS 180-4, to check the log's digests against a second implementation.
enum PlainSHA256 {
    static func digest(_ message: [UInt8]) -> [UInt8] {
        let constants = fractions(of: primes(64), root: cubeRoot)
        var hash = fractions(of: primes(8), root: { $0.squareRoot() })
        var padded = message + [0x80]
        padded += [UInt8](repeating: 0, count: (120 - padded.count % 64) % 64)
        padded += withUnsafeBytes(of: UInt64(message.count * 8).bigEndian) { Array($0) }
        for block in stride(from: 0, to: padded.count, by: 64) {
            var words = (0..<16).map { word in
                (0..<4).reduce(UInt32(0)) { $0 << 8 | UInt32(padded[block + word * 4 + $1]) }
            }
            for place in 16..<64 {
                let (a, b) = (words[place - 15], words[place - 2])
                let first = turn(a, 7) ^ turn(a, 18) ^ (a >> 3)
                let second = turn(b, 17) ^ turn(b, 19) ^ (b >> 10)
                words.append(words[place - 16] &+ first &+ words[place - 7] &+ second)
            }
            var v = hash
            for place in 0..<64 {
                let big = turn(v[4], 6) ^ turn(v[4], 11) ^ turn(v[4], 25)
                let choice = (v[4] & v[5]) ^ (~v[4] & v[6])
                let first = v[7] &+ big &+ choice &+ constants[place] &+ words[place]
                let small = turn(v[0], 2) ^ turn(v[0], 13) ^ turn(v[0], 22)
                let majority = (v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2])
                v = [first &+ small &+ majority, v[0], v[1], v[2], v[3] &+ first, v[4], v[5], v[6]]
            }
            for place in 0..<8 { hash[place] &+= v[place] }
        }
        return hash.flatMap { word in withUnsafeBytes(of: word.bigEndian) { Array($0) } }
    }

    private static func turn(_ word: UInt32, _ count: UInt32) -> UInt32 { word >> count | word << (32 - count) }

    private static func primes(_ count: Int) -> [Int] {
        var primes: [Int] = []
        var candidate = 2
        while primes.count < count {
            if primes.allSatisfy({ candidate % $0 != 0 }) { primes.append(candidate) }
            candidate += 1
        }
        return primes
    }

    /// The first 32 bits of the fractional parts (FIPS 180-4, 4.2.2 and 5.3.3).
    private static func fractions(of numbers: [Int], root: (Double) -> Double) -> [UInt32] {
        numbers.map { UInt32((root(Double($0)) - root(Double($0)).rounded(.down)) * 4_294_967_296) }
    }

    private static func cubeRoot(_ number: Double) -> Double {
        var root = number / 2
        for _ in 0..<80 { root -= (root * root * root - number) / (3 * root * root) }
        return root
    }
}

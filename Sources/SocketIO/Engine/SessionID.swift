/// Names nobody can guess.
package enum SessionID {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    /// 20 characters of the URL-safe base64 alphabet: 120 random bits.
    package static func make() -> String {
        var generator = SystemRandomNumberGenerator()
        return String(unsafeUninitializedCapacity: 20) { room in
            for half in 0..<2 {
                var bits = generator.next()
                for place in 0..<10 {
                    room[half * 10 + place] = alphabet[Int(bits & 63)]
                    bits >>= 6
                }
            }
            return 20
        }
    }
}

/// Names nobody can guess, for sockets and requests.
enum RandomName {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    /// 20 characters of the URL-safe base64 alphabet: 120 random bits.
    static func make() -> String {
        var generator = SystemRandomNumberGenerator()
        let characters = (0..<20).map { _ in alphabet[Int.random(in: 0..<64, using: &generator)] }
        return String(decoding: characters, as: UTF8.self)
    }
}

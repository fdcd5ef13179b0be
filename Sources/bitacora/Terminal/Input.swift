import Glibc

/// What is read whole from outside: standard input or a file.
struct Input {
    private let descriptor: Int32
    /// How errors call it.
    let name: String

    static let standard = Input(descriptor: STDIN_FILENO, name: "standard input")

    /// Reads all of it.
    ///
    /// - Parameter purpose: who sets the limit, for the error: `an event may carry`.
    /// - Throws: `Failure` beyond `limit` bytes, or when it cannot be read.
    func read(upTo limit: Int, _ purpose: String) throws(Failure) -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count == 0 { return bytes }
            if count < 0 {
                if errno == EINTR { continue }
                throw Failure(ExitStatus.unusable, "\(name) cannot be read: \(String(cString: strerror(errno)))")
            }
            bytes += chunk[..<count]
            guard bytes.count <= limit else {
                throw Failure(ExitStatus.refused, "\(name) has more than \(limit) bytes, the most \(purpose)")
            }
        }
    }

    /// Reads all of a file, as `read(upTo:_:)` does.
    static func readFile(_ path: String, upTo limit: Int, _ purpose: String) throws(Failure) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw Failure(ExitStatus.unusable, "\(path) cannot be opened: \(String(cString: strerror(errno)))")
        }
        defer { close(descriptor) }
        return try Input(descriptor: descriptor, name: path).read(upTo: limit, purpose)
    }
}

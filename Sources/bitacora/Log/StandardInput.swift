import Glibc

enum StandardInput {
    /// Reads all of it.
    ///
    /// - Throws: `Failure` beyond `limit` bytes, or when it cannot be read.
    static func read(upTo limit: Int) throws(Failure) -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = Glibc.read(STDIN_FILENO, &chunk, chunk.count)
            if count == 0 { return bytes }
            if count < 0 {
                if errno == EINTR { continue }
                throw Failure(ExitStatus.unusable, "standard input cannot be read: \(String(cString: strerror(errno)))")
            }
            bytes += chunk[..<count]
            guard bytes.count <= limit else {
                throw Failure(ExitStatus.refused, "standard input has more than \(limit) bytes, the most an event may carry")
            }
        }
    }
}

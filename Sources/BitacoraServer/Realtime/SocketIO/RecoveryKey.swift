import Crypto
import Glibc

/// The secret that recovery tokens are signed with; kept beside the log, so
/// that a client resumes its session after a restart of the server.
struct RecoveryKey: Sendable {
    static let fileName = "recovery.key"
    private static let byteCount = 32

    let key: SymmetricKey

    /// Reads the key of a log's directory, or makes one that only the owner can read.
    ///
    /// - Throws: ``ServerError`` when the file cannot be read or written, or is not 32 bytes.
    init(directory: String) throws(ServerError) {
        let path = directory + "/" + Self.fileName
        if try !Self.exists(path) { try Self.make(path) }
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw Self.failure("read", path) }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: Self.byteCount + 1)
        let count = read(file, &bytes, bytes.count)
        guard count >= 0 else { throw Self.failure("read", path) }
        guard count == Self.byteCount else {
            throw ServerError(
                "\(path) should hold \(Self.byteCount) bytes; remove it and a new one is made: clients then get their history anew"
            )
        }
        key = SymmetricKey(data: bytes.prefix(count))
    }

    private static func exists(_ path: String) throws(ServerError) -> Bool {
        if access(path, F_OK) == 0 { return true }
        guard errno == ENOENT else { throw failure("read", path) }
        return false
    }

    /// Whole or not at all: a server killed while it writes leaves a file of another name.
    private static func make(_ path: String) throws(ServerError) {
        let draft = "\(path).\(getpid())"
        let file = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw failure("written", draft) }
        defer { close(file) }
        let bytes = SymmetricKey(size: .bits256).withUnsafeBytes { Array($0) }
        guard write(file, bytes, bytes.count) == bytes.count, fsync(file) == 0, rename(draft, path) == 0 else {
            throw failure("written", draft)
        }
    }

    private static func failure(_ action: String, _ path: String) -> ServerError {
        ServerError("\(path) cannot be \(action): \(String(cString: strerror(errno)))")
    }
}

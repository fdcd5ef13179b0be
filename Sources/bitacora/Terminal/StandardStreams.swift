import Glibc

/// Why output cannot be written.
enum OutputError: Error, Equatable {
    /// The reader has closed the pipe, as `head` does after its last line.
    case closed
    /// `write` failed, with this errno.
    case failed(Int32)
}

extension OutputError: CustomStringConvertible {
    var description: String {
        switch self {
        case .closed: "standard output was closed"
        case .failed(let code): "standard output cannot be written: \(String(cString: strerror(code)))"
        }
    }
}

/// A buffered writer for standard output or a file; the buffer grows until it is flushed.
final class Output {
    /// The number of buffered bytes at which the buffer should be flushed.
    static let chunk = 64 << 10

    private let descriptor: Int32
    private var storage: UnsafeMutableRawPointer
    private var capacity: Int
    /// The number of buffered bytes.
    private(set) var count = 0

    init(_ descriptor: Int32 = STDOUT_FILENO) {
        self.descriptor = descriptor
        capacity = 2 * Self.chunk
        storage = .allocate(byteCount: capacity, alignment: 16)
    }

    deinit { storage.deallocate() }

    var isFull: Bool { count >= Self.chunk }

    /// Whether the output is a file, and not a terminal or a pipe.
    var isFile: Bool {
        var status = stat()
        return fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    }

    /// Adds the bytes that `write` writes to the pointer.
    ///
    /// - Parameters:
    ///   - room: the most bytes that `write` may write.
    ///   - write: returns the number of bytes it has written.
    func add(room: Int, _ write: (UnsafeMutableRawPointer) -> Int) {
        reserve(room)
        count += write(storage + count)
    }

    func add(_ bytes: [UInt8]) {
        add(room: bytes.count) { pointer in
            bytes.withUnsafeBytes {
                if let start = $0.baseAddress { pointer.copyMemory(from: start, byteCount: $0.count) }
            }
            return bytes.count
        }
    }

    func add(_ text: String) {
        var text = text
        text.withUTF8 { bytes in
            add(room: bytes.count) { pointer in
                if let start = bytes.baseAddress { pointer.copyMemory(from: start, byteCount: bytes.count) }
                return bytes.count
            }
        }
    }

    /// Writes all buffered bytes.
    func flush() throws(OutputError) {
        var written = 0
        defer { count = 0 }
        while written < count {
            let result = write(descriptor, storage + written, count - written)
            if result > 0 {
                written += result
                continue
            }
            switch errno {
            case EINTR: continue
            case EAGAIN: waitUntilWritable()
            case EPIPE: throw .closed
            default: throw .failed(errno)
            }
        }
    }

    /// Waits until the output is writable: another process that shares it may have made it non-blocking.
    private func waitUntilWritable() {
        var polled = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        poll(&polled, 1, -1)
    }

    private func reserve(_ room: Int) {
        guard capacity - count < room else { return }
        let larger = max(2 * capacity, count + room)
        let moved = UnsafeMutableRawPointer.allocate(byteCount: larger, alignment: 16)
        moved.copyMemory(from: storage, byteCount: count)
        storage.deallocate()
        (storage, capacity) = (moved, larger)
    }
}

/// Reads standard input or a file completely.
struct Input {
    private let descriptor: Int32
    /// The name in error messages.
    let name: String

    static let standard = Input(descriptor: STDIN_FILENO, name: "standard input")

    /// Reads all bytes.
    ///
    /// - Parameter purpose: what the limit is for, such as `for the data of an event`.
    /// - Throws: `Failure` for more than `limit` bytes, or when reading fails.
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
                throw Failure(ExitStatus.refused, "\(name) has more than \(limit) bytes, which is the limit \(purpose)")
            }
        }
    }

    /// Reads all bytes of a file, as `read(upTo:_:)` does.
    static func readFile(_ path: String, upTo limit: Int, _ purpose: String) throws(Failure) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw Failure(ExitStatus.unusable, "\(path) cannot be opened: \(String(cString: strerror(errno)))")
        }
        defer { close(descriptor) }
        return try Input(descriptor: descriptor, name: path).read(upTo: limit, purpose)
    }
}

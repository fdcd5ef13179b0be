import Glibc

/// Why an output takes no more.
enum OutputError: Error, Equatable {
    /// Its reader has gone, as `head` does when it has seen enough.
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

/// Standard output or a file, behind a buffer that grows as needed and is written by `flush`.
final class Output {
    /// How full the buffer should be when it is flushed, in bytes.
    static let chunk = 64 << 10

    private let descriptor: Int32
    private var storage: UnsafeMutableRawPointer
    private var capacity: Int
    /// How many bytes wait.
    private(set) var count = 0

    init(_ descriptor: Int32 = STDOUT_FILENO) {
        self.descriptor = descriptor
        capacity = 2 * Self.chunk
        storage = .allocate(byteCount: capacity, alignment: 16)
    }

    deinit { storage.deallocate() }

    var isFull: Bool { count >= Self.chunk }

    /// Whether it goes to a file, neither to eyes nor to another program.
    var isFile: Bool {
        var status = stat()
        return fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    }

    /// Adds what `write` puts at the place it is given.
    ///
    /// - Parameters:
    ///   - room: how many bytes that may be.
    ///   - write: returns how many bytes it was.
    func add(room: Int, _ write: (UnsafeMutableRawPointer) -> Int) {
        reserve(room)
        count += write(storage + count)
    }

    func add(_ bytes: [UInt8]) {
        add(room: bytes.count) { place in
            bytes.withUnsafeBytes {
                if let start = $0.baseAddress { place.copyMemory(from: start, byteCount: $0.count) }
            }
            return bytes.count
        }
    }

    func add(_ text: String) {
        var text = text
        text.withUTF8 { bytes in
            add(room: bytes.count) { place in
                if let start = bytes.baseAddress { place.copyMemory(from: start, byteCount: bytes.count) }
                return bytes.count
            }
        }
    }

    /// Writes all that waits.
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

    /// Whoever shares our output may have made it non-blocking.
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

import Glibc

/// The executable at work, its output read line by line.
final class RunningTool {
    private let process: pid_t
    private let errorFile: NamelessFile
    private var output: Int32
    private var waiting: [UInt8] = []

    init(_ arguments: [String], environment: [String: String] = [:]) throws {
        let ends = try Tool.pipe()
        defer { close(ends[1]) }
        output = ends[0]
        errorFile = try NamelessFile()
        let nothing = open("/dev/null", O_RDONLY | O_CLOEXEC)
        defer { close(nothing) }
        process = try Tool.spawn(arguments, environment, [nothing, ends[1], errorFile.descriptor])
    }

    deinit { closeOutput() }

    var errors: String { errorFile.text }

    /// The next line; nil at the end of the output.
    ///
    /// - Throws: when nothing comes for 30 seconds.
    func line() throws -> String? {
        while true {
            if let end = waiting.firstIndex(of: UInt8(ascii: "\n")) {
                defer { waiting.removeFirst(end + 1) }
                return String(decoding: waiting[..<end], as: UTF8.self)
            }
            var polled = pollfd(fd: output, events: Int16(POLLIN), revents: 0)
            guard poll(&polled, 1, 30_000) == 1 else { throw SystemError(call: "a line of output", code: ETIMEDOUT) }
            var chunk = [UInt8](repeating: 0, count: 4096)
            let count = read(output, &chunk, chunk.count)
            guard count > 0 else { return nil }
            waiting += chunk[..<count]
        }
    }

    /// Reads no more, as `head` does.
    func closeOutput() {
        if output >= 0 { close(output) }
        output = -1
    }

    func send(_ signal: Int32) { kill(process, signal) }

    func status() async -> Int32 { await Tool.wait(for: process) }
}

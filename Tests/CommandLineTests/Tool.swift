import Dispatch
import Glibc
import Synchronization
import TestSupport

/// The built executable, run as a person or a script runs it.
enum Tool {
    struct Result {
        let status: Int32
        let output: String
        let errors: String

        var lines: [String] { output.split(separator: "\n").map(String.init) }
    }

    /// Beside the test bundle, where the build puts both.
    static let path: String = {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = buffer.withUnsafeMutableBytes { readlink("/proc/self/exe", $0.baseAddress!, $0.count) }
        let bundle = String(decoding: buffer[..<max(0, count)], as: UTF8.self)
        return bundle.split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" } + "/bitacora"
    }()

    /// Runs it to its end, or another program.
    static func run(
        _ arguments: [String], input: String = "", environment: [String: String] = [:], program: String = path
    ) async throws -> Result {
        let (stdin, stdout, stderr) = (try NamelessFile(input), try NamelessFile(), try NamelessFile())
        let process = try withExtendedLifetime(stdin) {
            try spawn(
                arguments, environment, [stdin.descriptor, stdout.descriptor, stderr.descriptor], program: program)
        }
        let status = await wait(for: process)
        return Result(status: status, output: stdout.text, errors: stderr.text)
    }

    static func log(_ arguments: String..., in log: TemporaryLog, input: String = "") async throws -> Result {
        try await run(["log"] + arguments + ["--data", log.directory], input: input)
    }

    /// - Parameter descriptors: its standard input, output and error.
    static func spawn(
        _ arguments: [String], _ environment: [String: String] = [:], _ descriptors: [Int32], program: String = path
    ) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for (number, descriptor) in descriptors.enumerated() {
            posix_spawn_file_actions_adddup2(&actions, descriptor, Int32(number))
        }
        let variables = environment.merging(TestEnvironment.inherited.merging(["COLUMNS": "100"]) { $1 }) { own, _ in
            own
        }
        .filter { !$0.value.isEmpty }.map { "\($0)=\($1)" }
        var process = pid_t()
        let status = withStrings([program] + arguments) { argv in
            withStrings(variables) { envp in
                spawning.withLock { _ in posix_spawn(&process, program, &actions, nil, argv, envp) }
            }
        }
        guard status == 0 else { throw SystemError(call: "posix_spawn \(program)", code: status) }
        return process
    }

    /// A process being spawned has all our descriptors until it runs its
    /// program, and keeps those that are not marked to be closed then.
    private static let spawning = Mutex(())

    static func whileNothingIsSpawned(_ body: () -> Void) { spawning.withLock { _ in body() } }

    /// A pipe that no other process inherits: where to read, where to write.
    static func pipe() throws -> [Int32] {
        try spawning.withLock { _ in
            var ends: [Int32] = [-1, -1]
            guard Glibc.pipe(&ends) == 0 else { throw SystemError(call: "pipe") }
            for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
            return ends
        }
    }

    /// The exit status, or 128 and the signal's number.
    static func wait(for process: pid_t) async -> Int32 {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                var status: Int32 = 0
                while waitpid(process, &status, 0) < 0, errno == EINTR {}
                let signal = status & 0x7F
                continuation.resume(returning: signal == 0 ? status >> 8 & 0xFF : 128 + signal)
            }
        }
    }

    private static func withStrings<Value>(
        _ strings: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Value
    ) -> Value {
        let copies = strings.map { strdup($0) }
        defer { for copy in copies { free(copy) } }
        return body(copies + [nil])
    }
}

struct SystemError: Error {
    let call: String
    var code = errno
}

/// A file without a name.
final class NamelessFile {
    let descriptor: Int32

    init(_ text: String = "") throws {
        var template = Array("\(TestEnvironment.temporaryFolder)/bitacora-test-XXXXXX".utf8CString)
        descriptor = mkstemp(&template)
        guard descriptor >= 0 else { throw SystemError(call: "mkstemp") }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        _ = template.withUnsafeBufferPointer { unlink($0.baseAddress!) }
        let bytes = Array(text.utf8)
        guard pwrite(descriptor, bytes, bytes.count, 0) == bytes.count else { throw SystemError(call: "pwrite") }
    }

    deinit { close(descriptor) }

    var text: String {
        var bytes = [UInt8](repeating: 0, count: Int(lseek(descriptor, 0, SEEK_END)))
        let count = pread(descriptor, &bytes, bytes.count, 0)
        return String(decoding: bytes[..<max(0, count)], as: UTF8.self)
    }
}

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

/// A terminal that a test looks at.
final class PseudoTerminal {
    private let master: Int32
    let slave: Int32

    init(width: UInt16) throws {
        var ends: (master: Int32, slave: Int32) = (-1, -1)
        var size = winsize(ws_row: 25, ws_col: width, ws_xpixel: 0, ws_ypixel: 0)
        guard openpty(&ends.master, &ends.slave, nil, nil, &size) == 0 else { throw SystemError(call: "openpty") }
        (master, slave) = ends
        for end in [ends.master, ends.slave] { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    }

    deinit {
        close(slave)
        close(master)
    }

    /// Types what a program that reads from the terminal gets, also one that is started later.
    func type(_ text: String) {
        let bytes = Array(text.utf8)
        precondition(write(master, bytes, bytes.count) == bytes.count, "a line fits")
    }

    /// What was written so far; at most a few thousand bytes fit.
    func written() -> String {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        var polled = pollfd(fd: master, events: Int16(POLLIN), revents: 0)
        while poll(&polled, 1, 0) == 1, polled.revents & Int16(POLLIN) != 0 {
            let count = read(master, &chunk, chunk.count)
            guard count > 0 else { break }
            bytes += chunk[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

import ArgumentParser
import EventLog
import Foundation
import Glibc

/// The options of every benchmark that appends events.
struct BenchOptions: ParsableArguments {
    @Option(
        name: .customLong("in"),
        help: ArgumentHelp(
            "Directory for temporary logs; use a real disk, because syncs cost nothing in memory.", valueName: "dir"),
        completion: .directory)
    var parent = FileManager.default.temporaryDirectory.path

    @Option(help: "Bytes of data of an event.")
    var size = 200

    @Flag(name: .customLong("json"), help: "Print one JSON object a line.")
    var isJSON = false

    func validate() throws {
        guard (16...EventLimits.maximumData).contains(size) else {
            throw ValidationError("--size must be 16 … \(EventLimits.maximumData)")
        }
    }

    /// Makes an event with `size` bytes of JSON data.
    func event(_ number: Int) -> NewEvent {
        var data = Array(#"{"n":\#(number),"text":""#.utf8)
        data += repeatElement(UInt8(ascii: "x"), count: max(0, size - data.count - 2))
        data += #""}"#.utf8
        return NewEvent(topic: "bench", type: "bench.event", data: .json(data))
    }

    /// Calls `body` with a new directory, and removes the directory afterwards.
    func withTemporaryDirectory<Result>(_ body: (String) async throws -> Result) async throws -> Result {
        let directory = "\(parent)/bitacora-bench-\(UInt32.random(in: 0...UInt32.max))"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        return try await body(directory)
    }

    /// Creates a log of `count` events in `directory`, and closes it.
    func fill(_ directory: String, count: Int) async throws {
        var options = EventLog.Options()
        options.durability = .none
        let log = try EventLog(directory: directory, options: options)
        defer { log.close() }
        for start in stride(from: 1, through: count, by: 5000) {
            try await log.append((start..<min(start + 5000, count + 1)).map(event))
        }
    }
}

/// The options of the benchmarks that start a server and connect sockets to it.
struct DeliveryOptions: ParsableArguments {
    @OptionGroup var bench: BenchOptions

    @Flag(name: .customLong("socketio"), help: "Use Socket.IO over WebSocket instead of plain WebSockets.")
    var isSocketIO = false

    @Option(
        help: ArgumentHelp(
            "Directory of templates for the measured server; without it, the built-in templates.", valueName: "dir"),
        completion: .directory)
    var views: String?

    @Option(
        help: ArgumentHelp(
            "The bitacora executable to measure; without it, .build/release/bitacora of this repository.",
            valueName: "file"),
        completion: .file())
    var server: String?

    var dialect: SocketDialect { isSocketIO ? .socketIO : .webSocket }

    /// The name of a socket in figures.
    var socketName: String { isSocketIO ? "Socket.IO socket" : "WebSocket" }

    /// Calls `body` with the path of a log that may be created, and with the report to add figures to.
    ///
    /// - Parameter sockets: how many sockets are open at once. Both ends of a baseline's sockets are in this process.
    func measure(sockets: Int, _ body: (_ log: String, _ report: BenchReport) async throws -> Void) async throws {
        let (needed, limit) = (2 * sockets + 100, Self.raiseDescriptorLimit())
        guard needed <= limit else {
            throw BenchmarkError(
                .unusable, "\(sockets) sockets need \(needed) file descriptors; the limit is \(limit) (ulimit -n)")
        }
        let report = BenchReport(isJSON: bench.isJSON)
        try await bench.withTemporaryDirectory { try await body($0 + "/log", report) }
    }

    /// Raises the limit of open files to the highest that needs no privilege, and returns the limit.
    private static func raiseDescriptorLimit() -> Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return .max }
        let before = limit.rlim_cur
        limit.rlim_cur = limit.rlim_max
        let isRaised = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0
        return Int(clamping: isRaised ? limit.rlim_max : before)
    }

    /// Starts a server over a log.
    func serve(_ log: String) throws -> ServerProcess {
        try ServerProcess(executable: server ?? Self.releaseBuild, log: log, views: views)
    }

    /// `.build/release/bitacora` below the root of the repository, which is four folders above this one.
    private static let releaseBuild = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../../../.build/release/bitacora").standardizedFileURL.path

    /// Makes a swarm for `server` that has no clients yet.
    func swarm(_ server: ServerProcess) -> ClientSwarm { ClientSwarm(port: server.port, dialect) }
}

extension ParsableArguments {
    /// Throws a usage error for a value outside its range.
    func check(_ name: String, _ value: Int, in range: ClosedRange<Int>) throws {
        guard range.contains(value) else {
            throw ValidationError("--\(name) must be \(range.lowerBound) … \(range.upperBound), not \(value)")
        }
    }
}

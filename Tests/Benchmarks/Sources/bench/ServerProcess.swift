import EventLog
import Foundation
import Glibc

/// A server that runs in a process of its own, so that its memory can be measured.
final class ServerProcess {
    let port: UInt16
    /// Seconds from the start of the process until the server listens.
    let startTime: Double
    private let process = Process()

    /// Starts a server, and waits until it listens.
    ///
    /// - Parameters:
    ///   - executable: the path of `bitacora`.
    ///   - directory: the directory of the log.
    ///   - views: a directory of templates; nil for the built-in ones.
    init(executable: String, log directory: String, views: String?) throws {
        guard FileManager.default.isExecutableFile(atPath: executable) else {
            throw BenchmarkError(
                .unusable, "there is no executable \(executable); run swift build -c release, or pass --server")
        }
        let output = Pipe()
        process.executableURL = URL(filePath: executable)
        process.arguments =
            [
                "serve", "--port", "0", "--data", directory, "--log-level", "warning", "--max-connections", "100000",
            ] + (views.map { ["--views", $0] } ?? [])
        process.standardOutput = output
        let start = ContinuousClock.now
        try process.run()
        var line: [UInt8] = []
        while let byte = try output.fileHandleForReading.read(upToCount: 1)?.first, byte != UInt8(ascii: "\n") {
            line.append(byte)
        }
        startTime = (ContinuousClock.now - start) / .seconds(1)
        guard let text = String(decoding: line, as: UTF8.self).split(separator: ":").last, let port = UInt16(text)
        else {
            throw BenchmarkError(.unusable, "the server did not start; its message is above")
        }
        self.port = port
    }

    deinit { stop() }

    func stop() {
        guard process.isRunning else { return }
        process.terminate()
        process.waitUntilExit()
    }

    /// Resident memory in bytes, without the file that LMDB maps (proc(5), `RssAnon`).
    var memory: Int {
        let status = (try? String(contentsOfFile: "/proc/\(process.processIdentifier)/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("RssAnon:") }
        let kilobytes =
            line?.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first.flatMap { Int($0) } ?? 0
        return kilobytes << 10
    }
}

/// A producer, which appends prepared requests over one keep-alive HTTP connection.
final class HTTPProducer {
    private let descriptor: Int32

    init(port: UInt16) throws { descriptor = try Loopback.connect(port) }

    deinit { Glibc.close(descriptor) }

    /// The bytes of `POST /api/events` with these events.
    func request(_ events: [NewEvent]) -> [UInt8] {
        var body = Array("[".utf8)
        for (index, event) in events.enumerated() {
            if index > 0 { body.append(UInt8(ascii: ",")) }
            body += #"{"topic":"\#(event.topic)","type":"\#(event.type)","data":"#.utf8
            if case .json(let bytes) = event.data { body += bytes }
            body.append(UInt8(ascii: "}"))
        }
        body.append(UInt8(ascii: "]"))
        let head =
            "POST /api/events HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: \(body.count)\r\n\r\n"
        return Array(head.utf8) + body
    }

    /// Sends a request; its response is read by ``receive()``.
    func send(_ request: [UInt8]) throws {
        guard Loopback.send(request, to: descriptor) else {
            throw BenchmarkError(.wrongResult, "the server closed the producer's connection")
        }
    }

    /// Waits for a response, which must have status 201.
    func receive() throws {
        var response = HTTPResponse()
        var chunk = [UInt8](repeating: 0, count: 65_536)
        var isComplete = false
        while !isComplete {
            let count = read(descriptor, &chunk, chunk.count)
            guard count > 0 else { throw BenchmarkError(.wrongResult, "the server closed the producer's connection") }
            isComplete = chunk.withUnsafeBytes { response.receive(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
        }
        _ = try response.removeBody(expecting: 201)
    }
}

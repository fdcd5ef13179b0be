import ArgumentParser
import EventLog
import Foundation

/// What every benchmark takes.
struct BenchOptions: ParsableArguments {
    @Option(
        name: .customLong("in"),
        help: ArgumentHelp("Where temporary logs are made: a real disk, or syncs cost nothing.", valueName: "dir"),
        completion: .directory)
    var place = FileManager.default.temporaryDirectory.path

    @Option(help: "Bytes of data of an event.")
    var size = 200

    @Flag(name: .customLong("json"), help: "Print one JSON object a line.")
    var isJSON = false

    func validate() throws {
        guard (16...EventLimits.maximumData).contains(size) else {
            throw ValidationError("--size must be 16 … \(EventLimits.maximumData)")
        }
    }

    /// An event with `size` bytes of JSON data.
    func event(_ number: Int) -> NewEvent {
        var data = Array(#"{"n":\#(number),"text":""#.utf8)
        data += repeatElement(UInt8(ascii: "x"), count: max(0, size - data.count - 2))
        data += #""}"#.utf8
        return NewEvent(topic: "bench", type: "bench.event", data: .json(data))
    }

    /// Gives `body` a directory that is removed afterwards.
    func inTemporaryDirectory<Result>(_ body: (String) async throws -> Result) async throws -> Result {
        let directory = "\(place)/bitacora-bench-\(UInt32.random(in: 0...UInt32.max))"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        return try await body(directory)
    }

    /// A log of `count` events in `directory`, closed again.
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

extension ContinuousClock {
    /// Seconds that `body` took.
    static func seconds(_ body: () async throws -> Void) async rethrows -> Double {
        let start = now
        try await body()
        return (now - start) / .seconds(1)
    }
}

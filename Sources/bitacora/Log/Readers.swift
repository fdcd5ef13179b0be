import ArgumentParser
import EventLog
import Glibc
import Inspection
import JSON

extension Log {
    /// `bitacora log readers`: lists the active readers, which keep pages of the file from being reused.
    struct Readers: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the active readers of the log, or clear stale ones.",
            discussion: """
                Example: bitacora log readers --clear

                A reader sees the log as of one commit. Pages that later commits free cannot be reused until the reader \
                ends, so a long read makes the file grow. A process that waits for events has no reader. A stale reader \
                belongs to a process that died while it read: --clear removes it, as the next process that opens the \
                log does.

                The fields of --json are process, name (of its program), running (the age of the process in seconds), \
                transaction (the commit that the reader sees; null while it starts), behind (the number of later \
                commits) and stale; with --clear, one object with the field cleared.
                """)

        @OptionGroup var log: LogOptions

        @Flag(help: "Clear stale readers, and print their number.")
        var clear = false

        func run() async throws {
            let log = try log.open { $0.clearsStaleReaders = false }
            defer { log.close() }
            if clear {
                let count = try log.clearStaleReaders()
                try self.log.printResult(
                    ["cleared": .integer(count)], "\(Amount.counted(count, "stale reader")) cleared\n")
            } else {
                // Without the reader of this command.
                let readers = try log.readers().filter { $0.process != getpid() }
                let output = Output()
                output.add(self.log.isJSON ? readers.map { Self.json($0).text + "\n" }.joined() : Self.text(readers))
                try output.flush()
            }
        }

        private static func text(_ readers: [EventLog.Reader]) -> String {
            guard !readers.isEmpty else { return "no active readers\n" }
            var table = Table(
                [
                    .init(title: "PROCESS", alignment: .right, colour: .bold),
                    .init(title: "NAME", minimum: 8, colour: .cyan),
                    .init(title: "RUNNING"), .init(title: "TRANSACTION", alignment: .right),
                    .init(title: "BEHIND", alignment: .right), .init(title: "STATE", minimum: 5),
                ], terminal: .standardOutput)
            return table.lines(readers.map(row)).map { $0 + "\n" }.joined()
        }

        private static func row(_ reader: EventLog.Reader) -> [String] {
            let process = RunningProcess(reader)
            return [
                "\(reader.process)", process.name.map { ShownText.escaped($0) } ?? "",
                process.seconds.map { Amount.duration(seconds: $0) } ?? "",
                reader.transaction.map { "\($0)" } ?? "starting",
                Amount.grouped(reader.commitsBehind), reader.isStale ? "stale" : "reading",
            ]
        }

        private static func json(_ reader: EventLog.Reader) -> JSONValue {
            let process = RunningProcess(reader)
            return [
                "process": .integer(reader.process), "name": .text(process.name),
                "running": process.seconds.map(JSONValue.decimal) ?? .null,
                "transaction": reader.transaction.map { .integer($0) } ?? .null,
                "behind": .integer(reader.commitsBehind),
                "stale": .bool(reader.isStale),
            ]
        }
    }
}

/// The process of a reader, from proc(5).
private struct RunningProcess {
    var name: String?
    /// How long the process has run.
    var seconds: Double?

    init(_ reader: EventLog.Reader) {
        // The process id of a dead process may belong to another process.
        guard !reader.isStale, let stat = Self.text("/proc/\(reader.process)/stat"),
            let open = stat.firstIndex(of: "("), let close = stat.lastIndex(of: ")")
        else { return }
        name = String(stat[stat.index(after: open)..<close])
        // Field 2 is the name in parentheses, and field 22 is the start in ticks since boot.
        let fields = stat[stat.index(after: close)...].split(separator: " ")
        guard fields.count > 19, let ticks = Double(fields[19]),
            let uptime = Self.text("/proc/uptime")?.split(separator: " ").first.flatMap({ Double($0) })
        else { return }
        seconds = max(0, uptime - ticks / Double(sysconf(Int32(_SC_CLK_TCK))))
    }

    private static func text(_ path: String) -> String? {
        (try? Input.readFile(path, upTo: 64 << 10, "for this file")).map { String(decoding: $0, as: UTF8.self) }
    }
}

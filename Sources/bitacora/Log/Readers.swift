import ArgumentParser
import EventLog
import Glibc
import Inspection
import JSON

extension Log {
    /// `bitacora log readers`: who keeps pages of the file from being used again.
    struct Readers: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the reads of the log that are under way, and clear those of processes that died.",
            discussion: """
                Example: bitacora log readers --clear

                A read holds the commit it began at; what later commits free can be used again only when it ends, \
                so one that stays makes the file grow. A process that waits for events has none. A stale one is of \
                a process that died in the middle: --clear frees it, and so does whoever opens the log next.

                The fields of --json are process, name (of its program), running (for how many seconds the process \
                has), transaction (the newest commit it sees; null when it just begins), behind (how many commits \
                came since) and stale; with --clear there is one object with cleared. The log keeps no times of reads.
                """)

        @OptionGroup var log: LogOptions

        @Flag(help: "Free what stale readers hold, and print how many there were.")
        var clear = false

        func run() async throws {
            let log = try log.open { $0.clearsStaleReaders = false }
            defer { log.close() }
            let output = Output()
            if clear {
                let count = try log.clearStaleReaders()
                let answer: JSONValue = ["cleared": .integer(count)]
                output.add(self.log.isJSON ? answer.text + "\n" : "\(Amount.counted(count, "stale reader")) cleared\n")
            } else {
                // Our own look is none of them.
                let readers = try log.readers().filter { $0.process != getpid() }
                output.add(self.log.isJSON ? readers.map { Self.json($0).text + "\n" }.joined() : Self.text(readers))
            }
            try output.flush()
        }

        private static func text(_ readers: [EventLog.Reader]) -> String {
            guard !readers.isEmpty else { return "no reads are under way\n" }
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
                reader.transaction.map { "\($0)" } ?? "begins",
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

/// What the system says of the process of a reader (proc(5)).
private struct RunningProcess {
    var name: String?
    /// For how long it has run.
    var seconds: Double?

    init(_ reader: EventLog.Reader) {
        // The number of a dead process may be another's by now.
        guard !reader.isStale, let stat = Self.text("/proc/\(reader.process)/stat"),
            let open = stat.firstIndex(of: "("), let close = stat.lastIndex(of: ")")
        else { return }
        name = String(stat[stat.index(after: open)..<close])
        // Field 22 is the start in ticks since boot; the second is the name, and the third follows its bracket.
        let fields = stat[stat.index(after: close)...].split(separator: " ")
        guard fields.count > 19, let ticks = Double(fields[19]),
            let uptime = Self.text("/proc/uptime")?.split(separator: " ").first.flatMap({ Double($0) })
        else { return }
        seconds = max(0, uptime - ticks / Double(sysconf(Int32(_SC_CLK_TCK))))
    }

    private static func text(_ path: String) -> String? {
        (try? Input.readFile(path, upTo: 64 << 10, "such a file has")).map { String(decoding: $0, as: UTF8.self) }
    }
}

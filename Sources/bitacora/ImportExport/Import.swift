import ArgumentParser
import EventLog
import Inspection
import JSON

extension Log {
    /// `bitacora log import`: events from lines of a file.
    struct Import: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Append the events of a file, one JSON object a line.",
            discussion: """
                Example: bitacora log import events.jsonl

                Reads what `bitacora log export` writes, and CloudEvents 1.0 of other systems. In a CloudEvent, subject \
                becomes the topic, source and id together become the id, and extension attributes are ignored. A \
                CloudEvent without subject, or whose subject is not a topic, such as /orders/1, is a bad line; with \
                --topic NAME its topic is NAME, and its subject is not kept. In jsonl topic, type and data are required; \
                time, id, source, encoding and offset are optional. The format is detected from the first line. When \
                there is no log, a new one is made with the first batch and reported on standard error.

                Nothing is written twice. An event is skipped when the log has it under the same id. An event without \
                an id gets one that is made from its offset (or the number of its line) and its content, such as \
                000000000017-9f86d081884c7d65. So importing a file again, or after a kill, continues where it ended. But \
                when two files have the same event on the same line, without id and offset, the second one is skipped as \
                a duplicate: give such events ids; the summary counts them. With --no-ids events get no ids, and \
                importing twice doubles them.

                Times are kept, but never go back: an event gets the time of the event before it when its own is earlier. \
                When a server holds the log, the batches are sent to the server, which dates events itself: pass --now, or \
                stop the server to keep the times. The server also refuses types that only commands of its application \
                append, such as product.created: stop the server to import those.

                A batch is written whole or not at all, in the order of the file. A bad line ends the import (exit \
                status 1) before its batch; with --skip-bad it is reported and skipped (exit status 1 at the end). The \
                fields of --json are file, format, read, written, new (written, or to be written after a dry run), \
                duplicates, numbered (those with an id from the number of their line), skipped, dryRun, head (null for a \
                dry run, or when no log was made) and seconds.

                --dry-run reports what the import would do: it looks up every id in the log and among the earlier lines. \
                It keeps these ids in a temporary file in TMPDIR, about 100 bytes for each, and not in memory.
                """)

        @OptionGroup var log: LogOptions

        @Option(help: "The format of the file; detected from its first line if not given.")
        var format: EventFormat?

        @Option(
            help: ArgumentHelp(
                "The topic of events that have none: without topic or subject, or with a subject that is not a topic.",
                valueName: "name"))
        var topic: String?

        @Option(
            help: ArgumentHelp(
                "How many lines are written whole or not at all (fewer when they have 8 MiB), 1 … \(LineSource.blockLines).",
                valueName: "lines"))
        var batch = 1000

        @Flag(help: "Date events now, not with the times of the file.")
        var now = false

        @Flag(inversion: .prefixedNo, help: "Give events without an id one made from their content.")
        var ids = true

        @Flag(help: "Report bad lines and skip them.")
        var skipBad = false

        @Flag(help: "Write nothing, and say what would be written, skipped as a duplicate, or bad.")
        var dryRun = false

        @Argument(help: "The file, or - for standard input.")
        var file: String

        mutating func validate() throws {
            guard (1...LineSource.blockLines).contains(batch) else {
                throw ValidationError("--batch must be 1 … \(LineSource.blockLines), not \(batch)")
            }
            if let topic, let problem = EventLimits.problem(ofTopic: topic) {
                throw ValidationError("--topic '\(topic)' is not a topic: \(problem.message)")
            }
        }

        func run() async throws {
            let started = ContinuousClock.now
            var source = try LineSource(file, batch: batch)
            defer { source.close() }
            let format =
                try format ?? source.peek().map { line in line.withUnsafeBytes { EventFormat(of: $0) } } ?? .jsonl
            let opened = try open()
            let parser = BlockParser(
                format: format, otherTopic: topic, skipsBad: skipBad, keepsTimes: !now, makesIDs: ids,
                limits: Self.limits, own: opened?.own)
            var run = ImportRun(source, parser, to: opened?.target, orNew: makeLog)
            defer {
                opened?.own?.close()
                if case .log(let log)? = run.target { log.close() }
            }
            var failure: (any Error)?
            do {
                try await run.run()
            } catch {
                failure = error
            }
            try report(
                run.counts, source.name, format, head: Self.head(run.target, opened?.own),
                seconds: (ContinuousClock.now - started) / .seconds(1))
            if let failure { throw failure }
            guard run.counts.skipped == 0 else {
                throw Failure(
                    ExitStatus.refused,
                    "\(Amount.counted(run.counts.skipped, "bad line")) \(run.counts.skipped == 1 ? "was" : "were") skipped"
                )
            }
        }

        /// What any log may hold can be imported.
        private static var limits: EventLimits { EventLimits(data: EventLimits.maximumData) }

        private static var options: EventLog.Options {
            var options = EventLog.Options()
            options.limits = limits
            return options
        }

        private typealias Opened = (target: ImportTarget, own: EventLog?)

        /// Opens the target of the import, and the log that may already have some of the events; nil when there is no log yet.
        private func open() throws -> Opened? {
            guard !dryRun else {
                let log = log.exists ? try log.open() : nil
                if let address = WriterHolder.current(in: self.log.directory)?.address { try checkTimes(address) }
                return (ImportTarget.nothing(DryRun(log)), log)
            }
            guard log.exists else { return nil }
            do throws(OpenError) {
                let log = try EventLog(directory: log.directory, options: Self.options)
                return (ImportTarget.log(log), log.head > .start ? log : nil)
            } catch {
                guard error.code == .locked, let address = WriterHolder.read(in: log.directory)?.address else {
                    throw error
                }
                try checkTimes(address)
                return (ImportTarget.server(AppendClient(address: address)), try log.open())
            }
        }

        private func makeLog() throws -> ImportTarget {
            DataDirectory.prepareParent(of: log.directory)
            let made = try EventLog(directory: log.directory, options: Self.options)
            log.reportCreated()
            return .log(made)
        }

        /// Refuses to send times to a server.
        private func checkTimes(_ address: String) throws(Failure) {
            guard !now else { return }
            throw Failure(
                ExitStatus.refused,
                "the server at \(address) holds the log and sets the times of events; pass --now to accept its times, or stop the server to keep those of the file"
            )
        }

        /// Nil when nothing was written, for sure.
        private static func head(_ target: ImportTarget?, _ own: EventLog?) -> Offset? {
            switch target {
            case .log(let log)?: log.head
            case .server?: own?.head
            case .nothing?, nil: nil
            }
        }

        private func report(
            _ counts: ImportRun.Counts, _ name: String, _ format: EventFormat, head: Offset?, seconds: Double
        ) throws {
            let output = Output()
            if log.isJSON {
                let summary: JSONValue = [
                    "file": .string(name), "format": .string(format.rawValue), "read": .integer(counts.read),
                    "written": .integer(dryRun ? 0 : counts.new), "new": .integer(counts.new),
                    "duplicates": .integer(counts.duplicates),
                    "numbered": .integer(counts.numbered), "skipped": .integer(counts.skipped), "dryRun": .bool(dryRun),
                    "head": head.map(JSONValue.offset) ?? .null,
                    "seconds": .decimal(seconds),
                ]
                output.add(summary.text + "\n")
            } else {
                var fields = FieldList()
                fields.add("file", "\(name), \(format.rawValue)")
                fields.add("read", Amount.counted(counts.read, "event"))
                fields.add("written", dryRun ? "0, a dry run" : Amount.grouped(counts.new))
                fields.add("new", dryRun ? "\(Amount.grouped(counts.new)) that an import would write" : nil)
                fields.add(
                    "log", dryRun && !log.exists ? "there is none in \(log.directory); an import would make it" : nil)
                fields.add("duplicates", "\(Amount.grouped(counts.duplicates)) that the log had already")
                fields.add(
                    "numbered",
                    counts.numbered > 0
                        ? "\(Amount.counted(counts.numbered, "event")) without id and offset, told apart by line number and content"
                        : nil)
                fields.add("skipped", counts.skipped > 0 ? Amount.counted(counts.skipped, "bad line") : nil)
                fields.add("head", head.map { "\($0) of the log in \(log.directory)" })
                fields.add(
                    "time",
                    "\(Amount.duration(seconds: seconds)), \(Amount.rate(Double(counts.read) / seconds)) events/s")
                output.add(fields.text(for: .standardOutput))
            }
            try output.flush()
        }
    }
}

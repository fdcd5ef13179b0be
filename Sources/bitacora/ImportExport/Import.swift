import ArgumentParser
import Declarations
import EventLog
import Inspection
import JSON

extension Log {
    /// `bitacora log import`: appends the events of a file.
    struct Import: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Append the events of a file with one JSON object a line.",
            discussion: """
                Example: bitacora log import events.jsonl

                Reads files of `bitacora log export`, and CloudEvents 1.0 of other systems; the format is detected from \
                the first line. In jsonl, topic, type and data are required; time, id, source, encoding and offset are \
                optional. In a CloudEvent, subject becomes the topic, source and id together become the id, and \
                extension attributes are ignored. A CloudEvent whose subject is missing or not a topic, such as \
                /orders/1, is a bad line; with --topic NAME its topic is NAME, and its subject is not kept. A log that \
                does not exist is created with the first batch, which is reported on standard error.

                No event is written twice. An event is skipped when the log already has it with the same id. An event \
                without an id gets an id from its offset (or the number of its line) and its content, such as \
                000000000017-9f86d081884c7d65, so a repeated or interrupted import continues where it ended. But when \
                two files have the same event on the same line, without id and offset, the second event is skipped as a \
                duplicate: give such events ids. With --no-ids events get no ids, and a repeated import writes them \
                again.

                Times are kept, but never decrease: an event that is earlier than the event before it gets that event's \
                time. When a server holds the log, the batches are sent to the server, which sets the times and refuses \
                types that only commands of its application append, such as product.created. Pass --now to accept the \
                server's times, or stop the server.

                When the log has the definition of an application, or --app names one, events that do not match it are \
                bad lines: data that does not match the schema of its type, and types that a closed topic does not have. \
                Types that only commands append are accepted, because a file may be the history of a log; a server \
                refuses them.

                Each batch is written completely or not at all, in the order of the file. A bad line ends the import \
                before its batch (exit status 1); with --skip-bad, bad lines are skipped and reported on standard error \
                (exit status 1 at the end).

                --dry-run looks up every id in the log and among the earlier lines, for which it uses a temporary file in \
                TMPDIR of about 100 bytes for each id.

                The fields of --json are file, format, read, written, new (written, or to be written after a dry run), \
                duplicates, numbered (events with an id from the number of their line), skipped, dryRun, head (null for \
                a dry run, or when no log was created) and seconds.
                """)

        @OptionGroup var log: LogOptions
        @OptionGroup var application: ApplicationOption

        @Option(help: "The format of the file; by default detected from its first line.")
        var format: EventFormat?

        @Option(
            help: ArgumentHelp(
                "The topic of events without topic or subject, or whose subject is not a topic.",
                valueName: "name"))
        var topic: String?

        @Option(
            help: ArgumentHelp(
                "The number of lines in a batch, 1 … \(LineSource.blockLines); fewer when they have 8 MiB.",
                valueName: "lines"))
        var batch = 1000

        @Flag(help: "Use the current time instead of the times in the file.")
        var now = false

        @Flag(inversion: .prefixedNo, help: "Give events without an id an id made from their content.")
        var ids = true

        @Flag(help: "Skip bad lines, and report them.")
        var skipBad = false

        @Flag(help: "Write nothing, and report what would be written, duplicate, or bad.")
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
            let given = try application.definition()
            var source = try LineSource(file, batch: batch)
            defer { source.close() }
            let format =
                try format ?? source.peek().map { line in line.withUnsafeBytes { EventFormat(of: $0) } } ?? .jsonl
            let opened = try open()
            let parser = parser(of: format, try given ?? opened?.definition(), opened?.destination)
            var run = ImportRun(source, parser, to: opened?.target, orNew: createLog)
            defer {
                opened?.destination?.close()
                if case .log(let log)? = run.target { log.close() }
            }
            var failure: (any Error)?
            do {
                try await run.run()
            } catch {
                failure = error
            }
            try report(
                run.counts, source.name, format, head: Self.head(run.target, opened?.destination),
                seconds: (ContinuousClock.now - started) / .seconds(1))
            if let failure { throw failure }
            guard run.counts.skipped == 0 else {
                throw Failure(
                    ExitStatus.refused,
                    "\(Amount.counted(run.counts.skipped, "bad line")) \(run.counts.skipped == 1 ? "was" : "were") skipped"
                )
            }
        }

        private func parser(
            of format: EventFormat, _ definition: ApplicationDefinition?, _ destination: EventLog?
        ) -> BlockParser {
            BlockParser(
                format: format, otherTopic: topic, skipsBad: skipBad, keepsTimes: !now, makesIDs: ids,
                rules: definition.map { EventRules($0, allowsCommandTypes: true) }, limits: Self.limits,
                destination: destination)
        }

        /// The largest data that any log accepts.
        private static var limits: EventLimits { EventLimits(data: EventLimits.maximumData) }

        private static var options: EventLog.Options {
            var options = EventLog.Options()
            options.limits = limits
            return options
        }

        /// An existing log that is imported into.
        private struct Opened {
            let target: ImportTarget
            /// The log in which existing events are looked up; nil when it is empty.
            var destination: EventLog?

            /// The definition that the log has stored; nil when it has none.
            func definition() throws -> ApplicationDefinition? {
                if case .log(let log) = target { return try LogApplication.stored(in: log) }
                return try destination.flatMap { try LogApplication.stored(in: $0) }
            }
        }

        /// Opens the log that is imported into, or its server; nil when there is no log yet.
        private func open() throws -> Opened? {
            guard !dryRun else {
                let log = log.exists ? try log.open() : nil
                if let address = WriterHolder.current(in: self.log.directory)?.address { try checkTimes(address) }
                return Opened(target: .dryRun(DryRun(log)), destination: log)
            }
            guard log.exists else { return nil }
            do throws(OpenError) {
                let log = try EventLog(directory: log.directory, options: Self.options)
                return Opened(target: .log(log), destination: log.head > .start ? log : nil)
            } catch {
                guard error.code == .locked, let address = WriterHolder.read(in: log.directory)?.address else {
                    throw error
                }
                try checkTimes(address)
                return Opened(target: .server(AppendClient(address: address)), destination: try log.open())
            }
        }

        /// Creates the log.
        ///
        /// - Throws: also when another process created the log, and appended events, after the import began: the lines were
        ///   not compared with these events.
        private func createLog() throws -> ImportTarget {
            let isNew = !log.exists
            let created = try DataDirectory.withParent(of: log.directory) { () throws(OpenError) in
                try EventLog(directory: log.directory, options: Self.options)
            }
            guard created.head == .start else {
                created.close()
                throw Failure(
                    ExitStatus.refused,
                    "another process created the log in \(log.directory) after this import began; nothing was written; run the import again"
                )
            }
            if isNew { log.reportCreated() }
            return .log(created)
        }

        /// Rejects an import with times when a server holds the log.
        private func checkTimes(_ address: String) throws(Failure) {
            guard !now else { return }
            throw Failure(
                ExitStatus.refused,
                "the server at \(address) holds the log and sets the times of events; pass --now to accept its times, or stop the server to keep the times of the file"
            )
        }

        /// The head after the import; nil when nothing was written.
        private static func head(_ target: ImportTarget?, _ destination: EventLog?) -> Offset? {
            switch target {
            case .log(let log)?: log.head
            case .server?: destination?.head
            case .dryRun?, nil: nil
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
                addFields(of: counts, to: &fields)
                fields.add("head", head.map { "\($0) of the log in \(log.directory)" })
                fields.add(
                    "time",
                    "\(Amount.duration(seconds: seconds)), \(Amount.rate(Double(counts.read) / seconds)) events/s")
                output.add(fields.text(for: .standardOutput))
            }
            try output.flush()
        }

        private func addFields(of counts: ImportRun.Counts, to fields: inout FieldList) {
            fields.add("read", Amount.counted(counts.read, "event"))
            fields.add("written", dryRun ? "0, a dry run" : Amount.grouped(counts.new))
            fields.add("new", dryRun ? "\(Amount.grouped(counts.new)) would be written" : nil)
            fields.add(
                "log", dryRun && !log.exists ? "there is no log in \(log.directory); an import would create one" : nil)
            fields.add("duplicates", "\(Amount.grouped(counts.duplicates)) that the log already had")
            fields.add(
                "numbered",
                counts.numbered > 0
                    ? "\(Amount.counted(counts.numbered, "event")) without id and offset, identified by line number and content"
                    : nil)
            fields.add("skipped", counts.skipped > 0 ? Amount.counted(counts.skipped, "bad line") : nil)
        }
    }
}

import ArgumentParser
import EventLog
import JSON

extension Log {
    /// `bitacora log append`: appends one event, through the server if one holds the log.
    struct Append: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Append one event and print its offset.",
            discussion: """
                Example: bitacora log append --topic notes --type note.written '{"text":"Hello"}'

                The event is durable when its offset is printed. When a server holds the log, the event is sent to the \
                server, which refuses types that only commands of its application append, such as product.created.

                When the log has the definition of an application, or --app names one, the event must match it, with and \
                without a server. Refused are types that only commands append, types that a closed topic does not have, \
                and data that does not match the schema of its type. Without a definition and a server, every type is \
                accepted.

                DATA is JSON, or any bytes with --bytes. Without DATA, the data is null or empty. Put -- before DATA that \
                begins with a dash, such as -1. Exit status 1 when the append is refused; nothing is written then. A log \
                that --create creates is reported on standard error.

                The fields of --json are offset, offsets (with this one offset), duplicates (1 when the log already has \
                the id) and position, as in the HTTP API.
                """)

        @OptionGroup var log: LogOptions
        @OptionGroup var application: ApplicationOption

        @Option(help: "The topic of the event, such as auctions/42.")
        var topic: String

        @Option(help: "The type of the event, such as order.placed.")
        var type: String

        @Option(help: "An id. Appending an event again with the same id prints the first offset and writes nothing.")
        var id: String?

        @Option(help: "The source of the event.")
        var source = "cli"

        @Option(
            help: ArgumentHelp(
                "Append only if the topic's last event has this offset; 0 for a topic without events.",
                valueName: "offset"),
            transform: parseOffset)
        var expectedOffset: Offset?

        @Flag(help: "Store the data as bytes instead of JSON.")
        var bytes = false

        @Flag(help: "Create the log if it does not exist.")
        var create = false

        @Argument(help: "The data, or - for standard input.")
        var data: String?

        func run() async throws {
            guard create || log.exists else {
                throw Failure(
                    ExitStatus.unusable,
                    "there is no log in \(log.directory); pass its directory with --data, or pass --create to create a log"
                )
            }
            let event = try event()
            let given = try application.definition()
            if let given { try EventRules(given, allowsCommandTypes: false).check(event) }
            let output = Output()
            output.add(try await append(event, checksStored: given == nil) + "\n")
            try output.flush()
        }

        /// Appends an event, and returns the text to print.
        ///
        /// - Parameter checksStored: whether the event must match the definition that the log has stored. A server checks
        ///   this itself.
        private func append(_ event: NewEvent, checksStored: Bool) async throws -> String {
            let log: EventLog
            let isNew = !self.log.exists
            if isNew { try checkForNewLog(event) }
            do throws(OpenError) {
                CrashHandler.install()
                log = try DataDirectory.withParent(of: self.log.directory) { () throws(OpenError) in
                    try EventLog(directory: self.log.directory)
                }
            } catch {
                guard error.code == .locked, let address = WriterHolder.read(in: self.log.directory)?.address else {
                    throw error
                }
                let answer = try await AppendClient(address: address).append(event)
                return self.log.isJSON ? answer.text : answer["offset"]?.int.map(String.init) ?? answer.text
            }
            defer { log.close() }
            if isNew { self.log.reportCreated() }
            if checksStored, let stored = try LogApplication.stored(in: log) {
                try EventRules(stored, allowsCommandTypes: false).check(event)
            }
            let receipt = try await log.append(event)
            guard self.log.isJSON else { return receipt.offset.description }
            return Self.json(receipt, in: log).text
        }

        /// Checks the event as a new log would, before the log is created: a refused event must not leave an empty log behind.
        private func checkForNewLog(_ event: NewEvent) throws(AppendError) {
            _ = try PreparedEvents([event], EventLimits())
            guard let expected = event.expectedOffset, expected > .start else { return }
            throw AppendError(
                .conflict,
                "there is no log in \(log.directory), so topic \(event.topic) has no event at offset \(expected); pass --expected-offset 0, or pass the directory of the log with --data"
            )
        }

        /// The same JSON as the response of a server.
        private static func json(_ receipt: Receipt, in log: EventLog) -> JSONValue {
            [
                "offset": .offset(receipt.offset), "offsets": .array(receipt.offsets.map(JSONValue.offset)),
                "duplicates": .integer(receipt.duplicates),
                "position": .text(Position(log: log.id, offset: receipt.offset)),
            ]
        }

        private func event() throws -> NewEvent {
            let given: [UInt8]? =
                data == "-"
                ? try Input.standard.read(upTo: EventLimits.maximumData, "for the data of an event")
                : data.map { Array($0.utf8) }
            let data: EventData = bytes ? .bytes(given ?? []) : try .json(checking: given ?? Array("null".utf8))
            return NewEvent(
                topic: topic, type: type, id: id, source: source, data: data, expectedOffset: expectedOffset)
        }
    }
}

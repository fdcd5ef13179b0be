import ArgumentParser
import EventLog
import JSON

extension Log {
    /// `bitacora log append`: one event, through the server when there is one.
    struct Append: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Append one event and print its offset.",
            discussion: """
                Example: bitacora log append --topic notes --type note.written '{"text":"Hello"}'

                When the server holds the log, the event is sent there and the server's answer counts. The event is \
                durable when the offset is printed. The fields of --json are offset, offsets (of this one event), duplicates \
                (1 when the log had its id already) and position, as in the API. The server refuses types that only commands \
                of its application append, such as product.created; without a server every type is accepted.

                DATA is JSON; with --bytes it is kept as the bytes it is. Without DATA the data is null, or no bytes. \
                Put -- before DATA that begins with a dash, such as -1. Exit status 1 when the append is refused: \
                nothing was written then. When --create makes a log, that is reported on standard error.
                """)

        @OptionGroup var log: LogOptions

        @Option(help: "What the event belongs to, in levels: auctions/42.")
        var topic: String

        @Option(help: "What happened, in the past tense: order.placed.")
        var type: String

        @Option(help: "An id; appending it again returns the first offset and writes nothing.")
        var id: String?

        @Option(help: "Who or what the event comes from.")
        var source = "cli"

        @Option(
            help: ArgumentHelp(
                "Refuse unless the topic's last event has this offset; 0: unless the topic has none.",
                valueName: "offset"),
            transform: parseOffset)
        var expectedOffset: Offset?

        @Flag(help: "The data is bytes, not JSON.")
        var bytes = false

        @Flag(help: "Make the log when there is none.")
        var create = false

        @Argument(help: "The data, or - for standard input.")
        var data: String?

        func run() async throws {
            guard create || log.exists else {
                throw Failure(
                    ExitStatus.unusable,
                    "there is no log in \(log.directory); name its directory with --data, or pass --create to make one")
            }
            let output = Output()
            output.add(try await append(try event()) + "\n")
            try output.flush()
        }

        /// What to print.
        private func append(_ event: NewEvent) async throws -> String {
            let log: EventLog
            let isNew = !self.log.exists
            if isNew { try checkForNewLog(event) }
            do throws(OpenError) {
                CrashHandler.install()
                DataDirectory.prepareParent(of: self.log.directory)
                log = try EventLog(directory: self.log.directory)
            } catch {
                guard error.code == .locked, let address = WriterHolder.read(in: self.log.directory)?.address else {
                    throw error
                }
                let answer = try await AppendClient(address: address).append(event)
                return self.log.isJSON ? answer.text : answer["offset"]?.int.map(String.init) ?? answer.text
            }
            defer { log.close() }
            if isNew { self.log.reportCreated() }
            let receipt = try await log.append(event)
            guard self.log.isJSON else { return receipt.offset.description }
            return Self.json(receipt, in: log).text
        }

        /// Checks the event as a new log would, before the log is made: a refused event must not leave an empty log behind.
        private func checkForNewLog(_ event: NewEvent) throws(AppendError) {
            _ = try PreparedEvents([event], EventLimits())
            guard let expected = event.expectedOffset, expected > .start else { return }
            throw AppendError(
                .conflict,
                "there is no log in \(log.directory), so topic \(event.topic) has no event at offset \(expected); pass --expected-offset 0, or name the log with --data"
            )
        }

        /// What the server answers to the same append.
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
                ? try Input.standard.read(upTo: EventLimits.maximumData, "an event may carry")
                : data.map { Array($0.utf8) }
            let data: EventData = bytes ? .bytes(given ?? []) : try .json(checking: given ?? Array("null".utf8))
            return NewEvent(
                topic: topic, type: type, id: id, source: source, data: data, expectedOffset: expectedOffset)
        }
    }
}

import ArgumentParser
import EventLog
import Inspection
import JSON

extension Log {
    /// `bitacora log state`: what all events up to a place come to.
    struct State: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print the state of a projection, now or at an offset or a time.",
            discussion: """
                Example: bitacora log state marketplace --at 2h

                Begins with the newest snapshot before that place and folds the events after it; with none, all of \
                them. The state is the JSON of the projection's snapshots: laid out on a terminal, on one line \
                elsewhere. A damaged event on the way is the end of it (exit status 1): without it the state would be another. \
                The fields of --json are projection, offset, time (of the event there) and state.
                """)

        @OptionGroup var log: LogOptions

        @Option(
            parsing: .unconditional,
            help: ArgumentHelp(
                "The last event that counts: an offset, or a time (RFC 3339, a date, or an age such as 15m, 2h, 3d); the head when not given.",
                valueName: "place"),
            transform: parseMoment)
        var at: LogMoment?

        @Argument(
            help: ArgumentHelp(
                "The projection: \(KnownProjection.all.map(\.name).joined(separator: ", ")).",
                valueName: "name"))
        var projection: KnownProjection

        func run() async throws {
            let log = try log.open()
            defer { log.close() }
            let reader = LogReader(log)
            let offset = try at?.offset(in: reader) ?? log.head
            let state = try projection.state(at: offset, in: log)
            state.reportWarnings()
            let output = Output()
            if self.log.isJSON {
                let object: JSONValue = [
                    "projection": .string(projection.name), "offset": .offset(offset),
                    "time": .text(offset == .start ? nil : try reader.time(at: offset)), "state": try state.value(),
                ]
                output.add(object.text + "\n")
            } else if Terminal.standardOutput.isTerminal {
                output.add(
                    ShownText.escaped(
                        String(decoding: JSONText.indented(state.json), as: UTF8.self), keepsNewlines: true) + "\n")
            } else {
                output.add(state.json)
                output.add("\n")
            }
            try output.flush()
            try reader.damage.check()
        }
    }
}

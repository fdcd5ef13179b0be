import ArgumentParser
import EventLog
import Inspection
import JSON

extension Log {
    /// `bitacora log state`: prints the state of a projection.
    struct State: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print the state of a collection or projection at an offset or a time.",
            discussion: """
                Example: bitacora log state orders --at 2h

                The name is that of a collection or of another projection. The collections are those of the definition \
                that the log has stored, or of --app. The projection of the executable, \(Bitacora.projections.map(\.name).joined(separator: ", ")), belongs to \
                a log with snapshots of it, and to a log without a definition. For an unknown name the names that the log \
                has are reported.

                The state is folded from the newest earlier snapshot and the events after it, or from all events when \
                there is no snapshot. It is printed as JSON: indented on a terminal, otherwise on one line. A damaged \
                event ends the command with exit status 1, because the state without it would be wrong. The state of a \
                collection has the fields rows (by their keys), startedAfter (0, or the last offset that was trimmed \
                before the collection was defined) and skipped (how many operations did not fit their events).

                The fields of --json are projection, offset, time (of the event at the offset) and state.
                """)

        @OptionGroup var log: LogOptions
        @OptionGroup var application: ApplicationOption

        @Option(
            parsing: .unconditional,
            help: ArgumentHelp(
                "The last event of the state: an offset, or a time (RFC 3339, a date, or an age such as 15m, 2h, 3d); by default the head.",
                valueName: "offset|time"),
            transform: parseMoment)
        var at: LogMoment?

        @Argument(
            help: ArgumentHelp(
                "A collection, such as orders, or a projection, such as marketplace.", valueName: "name"),
            completion: .list(Bitacora.projections.map(\.name)))
        var projection: String

        func run() async throws {
            let given = try application.definition()
            let log = try log.open()
            defer { log.close() }
            let known = try LogApplication(of: log, given: given).known.projection(named: projection, in: log)
            let reader = LogReader(log)
            let offset = try at?.offset(in: reader) ?? log.head
            let states = try known.states(at: offset, in: log, shownAs: projection)
            states.reportWarnings()
            let output = Output()
            if self.log.isJSON {
                let object: JSONValue = [
                    "projection": .string(projection), "offset": .offset(offset),
                    "time": .text(offset == .start ? nil : try reader.time(at: offset)),
                    "state": try states.value(projection),
                ]
                output.add(object.text + "\n")
            } else if Terminal.standardOutput.isTerminal {
                output.add(
                    ShownText.escaped(
                        String(decoding: JSONText.indented(states.json(projection)), as: UTF8.self), keepsNewlines: true
                    ) + "\n")
            } else {
                output.add(states.json(projection))
                output.add("\n")
            }
            try output.flush()
            try reader.damage.check()
        }
    }
}

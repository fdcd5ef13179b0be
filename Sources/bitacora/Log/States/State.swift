import ArgumentParser
import EventLog
import Inspection
import JSON

extension Log {
    /// `bitacora log state`: prints the state of a projection.
    struct State: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print the state of a projection, now or at an offset or a time.",
            discussion: """
                Example: bitacora log state marketplace --at 2h

                The state is folded from the newest earlier snapshot and the events after it, or from all events when \
                there is no snapshot. It is printed as JSON, as in the snapshots of the projection: indented on a \
                terminal, otherwise on one line. A damaged event ends the command with exit status 1, because the state \
                without it would be wrong. The fields of --json are projection, offset, time (of the event at the offset) \
                and state.
                """)

        @OptionGroup var log: LogOptions

        @Option(
            parsing: .unconditional,
            help: ArgumentHelp(
                "The last event of the state: an offset, or a time (RFC 3339, a date, or an age such as 15m, 2h, 3d); by default the head.",
                valueName: "offset|time"),
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

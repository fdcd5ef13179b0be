import ArgumentParser
import EventLog
import Inspection
import JSON

extension Log {
    /// `bitacora log diff`: prints what changed in a state between two offsets or times.
    struct Diff: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print what changed in the projections between two offsets or times.",
            discussion: """
                Example: bitacora log diff 120 2026-01-02T03:04:05Z

                Prints one line for each difference: + added, - removed, ~ changed, with both values. Elements of lists \
                are matched by their id. The projections and their states are those of bitacora log state. A damaged \
                event ends the command with exit status 1.

                The fields of --json are projection, change (added, removed or changed), path, before and after \
                (null for none).
                """)

        @OptionGroup var log: LogOptions
        @OptionGroup var application: ApplicationOption

        @Option(
            help: ArgumentHelp("Only this collection or projection.", valueName: "name"),
            completion: .list(Bitacora.projections.map(\.name)))
        var projection: String?

        @Argument(help: "The first state: an offset or a time.", transform: parseMoment)
        var a: LogMoment

        @Argument(help: "The second state.", transform: parseMoment)
        var b: LogMoment

        func run() async throws {
            let given = try application.definition()
            let log = try log.open()
            defer { log.close() }
            let known = try LogApplication(of: log, given: given).known
            let compared = try projection.map { [try known.projection(named: $0, in: log)] } ?? known
            let reader = LogReader(log)
            let (from, to) = (try a.offset(in: reader), try b.offset(in: reader))
            let output = Output()
            for projections in compared {
                let states = try projections.states(
                    at: min(from, to), and: max(from, to), in: log, shownAs: projection)
                states.0.reportWarnings()
                // Both states may warn of the same snapshot.
                if states.1.warnings != states.0.warnings { states.1.reportWarnings() }
                let (before, after) = from <= to ? states : (states.1, states.0)
                for name in projections.names where projection.map({ $0 == name }) ?? true {
                    let changes = JSONChange.between(try before.value(name), try after.value(name))
                    try print(changes, of: name, from, to, on: output)
                }
            }
            try output.flush()
        }

        private func print(
            _ changes: [JSONChange], of name: String, _ from: Offset, _ to: Offset, on output: Output
        ) throws(OutputError) {
            if !log.isJSON {
                output.add("\(name) from offset \(from) to \(to): \(Amount.counted(changes.count, "change"))\n")
            }
            for change in changes {
                output.add((log.isJSON ? change.json(name).text : change.line(for: .standardOutput)) + "\n")
                if output.isFull { try output.flush() }
            }
        }
    }
}

extension JSONChange {
    fileprivate func json(_ projection: String) -> JSONValue {
        [
            "projection": .string(projection), "change": .string(kind.rawValue), "path": .string(path),
            "before": before ?? .null, "after": after ?? .null,
        ]
    }

    /// `+ products[id=3]  {…}`, `~ products[id=1].price  10 → 12`
    func line(for terminal: Terminal) -> String {
        let (sign, colour, values): (String, Colour, String) =
            switch (before, after) {
            case (let before?, let after?): ("~", .yellow, "\(before.text) → \(after.text)")
            case (nil, let after): ("+", .green, after?.text ?? "")
            case (let before, nil): ("-", .red, before?.text ?? "")
            }
        let line = ShownText.escaped("\(sign) \(path)  \(values)")
        let shown = terminal.width.map { DisplayText.cut(line, to: $0) } ?? line
        return terminal.hasColours ? colour.paint(shown) : shown
    }
}

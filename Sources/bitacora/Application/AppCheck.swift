import ArgumentParser
import Declarations
import EventLog
import Inspection
import JSON
import KeyedRows

extension App {
    /// `bitacora app check`: checks the folder of an application, and tries its collections with a log.
    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Report all errors of an application, and how its collections would use the events of a log.",
            discussion: """
                Example: bitacora app check orders --data Data/log

                Checks app.json and the schemas, and compiles the templates as a server does. Every error is one line \
                FILE:LINE:COLUMN: message, with the path of the file from the current directory; a fault of a whole file \
                has no line and column. Exit status 1 when there are errors. Without errors, the topics, collections, \
                commands and pages are listed.

                With --data, the log is folded into the collections of the folder; a server can write it meanwhile, and \
                nothing is written. For each operation, the events that it uses and those that it would skip are \
                counted, because they lack a value or have a value of the wrong type; the first skipped offset is an \
                example to look at with `bitacora log show`. Skipped events do not change the exit status. With errors \
                in the folder the log is not read.

                The fields of --json are folder, errorCount, errors (file, line, column, message), topics, collections, \
                commands, pages, templates (their number in the folder), and log: null, or first, head, events and \
                operations (collection, type, operation, used, skipped, firstSkipped). After an error, topics, collections, \
                commands and pages are empty.

                \(ExitStatus.explanation)
                """)

        // Not that of LogOptions: without this option no log is read.
        @Option(
            help: ArgumentHelp("The directory of a log to try the collections with.", valueName: "dir"),
            completion: .directory, transform: parseDirectory)
        var data: String?

        @Flag(name: .customLong("json"), help: "Print one JSON object a line.")
        var isJSON = false

        @Argument(
            help: ArgumentHelp("The folder of the application.", valueName: "dir"), completion: .directory,
            transform: parseDirectory)
        var folder: String

        func run() async throws {
            let check = try FolderCheck(folder)
            let damage = Damage.reported
            var trial: FoldTrial?
            if check.faults.isEmpty, let definition = check.definition, let data {
                trial = try Self.trial(definition, data, damage)
            }
            let output = Output()
            if isJSON {
                output.add(json(check, trial).text + "\n")
            } else if check.faults.isEmpty {
                output.add(text(check, trial, for: .standardOutput))
            } else {
                output.add(check.faults.map { ShownText.escaped($0.line) + "\n" }.joined())
            }
            try output.flush()
            guard check.faults.isEmpty else {
                throw Failure(
                    ExitStatus.refused,
                    "\(Amount.counted(check.faults.count, "error")) found in the application in \(folder)"
                )
            }
            try damage.check()
        }

        private static func trial(
            _ definition: ApplicationDefinition, _ directory: String, _ damage: Damage
        ) throws -> FoldTrial {
            var options = EventLog.Options()
            options.access = .read
            CrashHandler.install()
            let log = try EventLog(directory: directory, options: options)
            defer { log.close() }
            let before = log.first.previous.rawValue
            var progress = ProgressBar("folding", total: log.head.rawValue - before, unit: "events")
            defer { progress.clear() }
            return try FoldTrial(definition.collections, of: LogReader(log, damage: damage)) {
                progress.update($0.rawValue - before)
            }
        }
    }
}

extension App.Check {
    private func text(_ check: FolderCheck, _ trial: FoldTrial?, for terminal: Terminal) -> String {
        let names = Names(check.definition)
        var fields = FieldList()
        fields.add("result", "no errors in \(folder)")
        for (title, names) in [
            ("topics", names.topics), ("collections", names.collections), ("commands", names.commands),
            ("pages", names.pages),
        ] { fields.add(title, names.isEmpty ? "none" : names.joined(separator: ", ")) }
        fields.add("templates", Amount.grouped(check.templates))
        guard let trial else { return fields.text(for: terminal) }
        fields.add(
            "log",
            "\(Amount.counted(trial.events, "event")), offsets \(trial.first) to \(trial.head); \(trial.skipped == 0 ? "no operation skips an event" : "operations skip events")"
        )
        guard !trial.operations.isEmpty else { return fields.text(for: terminal) }
        return fields.text(for: terminal) + "\n"
            + Self.table(trial.operations, for: terminal).map { $0 + "\n" }.joined()
    }

    private static func table(_ operations: [FoldTrial.Operation], for terminal: Terminal) -> [String] {
        var table = Table(
            [
                .init(title: "COLLECTION", minimum: 10, colour: .cyan), .init(title: "TYPE", minimum: 8),
                .init(title: "OPERATION"), .init(title: "USED", alignment: .right),
                .init(title: "SKIPPED", alignment: .right, colour: .yellow),
                .init(title: "FIRST SKIPPED", alignment: .right),
            ], terminal: terminal)
        return table.lines(
            operations.map { operation in
                [
                    ShownText.escaped(operation.collection), ShownText.escaped(operation.type), operation.name,
                    Amount.grouped(operation.used), Amount.grouped(operation.skipped),
                    operation.firstSkipped?.description ?? "",
                ]
            })
    }

    private func json(_ check: FolderCheck, _ trial: FoldTrial?) -> JSONValue {
        let names = Names(check.definition)
        return [
            "folder": .string(folder), "errorCount": .integer(check.faults.count),
            "errors": .array(check.faults.map(\.json)), "topics": .strings(names.topics),
            "collections": .strings(names.collections), "commands": .strings(names.commands),
            "pages": .strings(names.pages), "templates": .integer(check.templates),
            "log": trial.map(Self.json) ?? .null,
        ]
    }

    private static func json(_ trial: FoldTrial) -> JSONValue {
        let operations = trial.operations.map { operation -> JSONValue in
            [
                "collection": .string(operation.collection), "type": .string(operation.type),
                "operation": .string(operation.name), "used": .integer(operation.used),
                "skipped": .integer(operation.skipped),
                "firstSkipped": operation.firstSkipped.map(JSONValue.offset) ?? .null,
            ]
        }
        return [
            "first": .offset(trial.first), "head": .offset(trial.head), "events": .integer(trial.events),
            "operations": .array(operations),
        ]
    }
}

/// The names that a definition declares, in its order.
private struct Names {
    let topics: [String]
    let collections: [String]
    let commands: [String]
    let pages: [String]

    /// - Parameter definition: nil declares nothing.
    init(_ definition: ApplicationDefinition?) {
        topics = definition?.topics.templates.map(\.description) ?? []
        collections = definition?.collections.flatMap(\.names) ?? []
        commands = definition?.commands.map(\.name) ?? []
        pages = definition?.pages.map(\.route.text) ?? []
    }
}

extension JSONValue {
    fileprivate static func strings(_ values: [String]) -> JSONValue { .array(values.map { .string($0) }) }
}

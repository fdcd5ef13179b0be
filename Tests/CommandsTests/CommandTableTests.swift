import Commands
import EventLog
import JSON
import Testing

/// A table of two commands over a set of ids, as a user of the library defines it.
@Suite struct CommandTableTests {
    private struct Failure: Error, CustomStringConvertible { let description = "the printer is on fire" }

    private static let table = CommandTable<Set<Int>>([
        CommandDefinition("order.place", event: "order.placed", address: "POST /orders") { orders, fields in
            try fields.refuseVersion()
            try fields.refuseFields(besides: ["order", "note"])
            let id = try fields.id("order")
            guard !orders.contains(id) else {
                throw Refusal(code: .init("exists", .conflict), message: "order \(id) exists", field: "order")
            }
            return [fields.event(on: "orders/\(id)")]
        },
        CommandDefinition("order.print", event: "order.printed", repeats: { _, _ in true }) { orders, fields in
            if orders.isEmpty { throw Failure() }
            return orders.sorted().map {
                fields.event(on: "orders/\($0)", ["at": .string("\(fields.time)"), "by": .string(fields.command.name)])
            }
        },
    ])

    private let time = Timestamp(microseconds: 0)

    private func decide(_ command: Command, on state: Set<Int> = []) throws(Refusal) -> [DecidedEvent] {
        try Self.table.decide(command, on: state, at: time)
    }

    @Test("a command is decided into events of its type, with its own data unless others are given")
    func events() throws {
        #expect(
            try decide(Command(name: "order.place", data: ["order": 7, "note": "x"]))
                == [DecidedEvent(topic: "orders/7", type: "order.placed", data: ["order": 7, "note": "x"])])
        let data: JSONValue = ["at": "1970-01-01T00:00:00.000000Z", "by": "order.print"]
        #expect(
            try decide(Command(name: "order.print", data: [:]), on: [2, 1])
                == [1, 2].map { DecidedEvent(topic: "orders/\($0)", type: "order.printed", data: data) })
    }

    @Test(
        "a command that cannot be decided is refused with a code, a field and a sentence",
        arguments: [
            (
                Command(name: "order.burn", data: [:]), .unknownCommand, nil,
                "there is no command \"order.burn\"; the commands are order.place, order.print"
            ),
            (
                Command(name: "order.placed", data: [:]), .decidedType, nil,
                "order.placed is the type of an event, not a command; send the command order.place instead"
            ),
            (
                Command(name: "order.place", data: []), .invalid, nil,
                "the data of order.place must be an object, not an array"
            ),
            (
                Command(name: "order.place", data: ["order": 7], ifVersion: 3), .invalid, nil,
                "order.place creates an object, which has no version yet; send the command without version 3"
            ),
            (
                Command(name: "order.place", data: ["order": 7, "colour": "red"]), .unknownField, "colour",
                "order.place has no field \"colour\"; its fields are order, note"
            ),
            (
                Command(name: "order.place", data: [:]), .missing, "order",
                "order is missing; it must be a whole number, 1 or more"
            ),
            (
                Command(name: "order.place", data: ["order": 0]), .invalid, "order",
                "order must be a whole number, 1 or more, not 0"
            ),
            (
                Command(name: "order.place", data: ["order": 1]), Refusal.Code("exists", .conflict), "order",
                "order 1 exists"
            ),
        ] as [(Command, Refusal.Code, String?, String)])
    func refusals(command: Command, code: Refusal.Code, field: String?, message: String) {
        #expect(throws: Refusal(code: code, message: message, field: field)) { try decide(command, on: [1]) }
    }

    @Test("an error that is no refusal becomes one with the code invalid")
    func otherErrors() {
        #expect(throws: Refusal(code: .invalid, message: "the printer is on fire")) {
            try decide(Command(name: "order.print", data: [:]))
        }
    }

    @Test("a table without commands has a message of its own")
    func empty() {
        let message = "there is no command \"x\"; this server has no commands"
        #expect(throws: Refusal(code: .unknownCommand, message: message)) {
            try CommandTable<Int>([]).decide(Command(name: "x", data: [:]), on: 0, at: time)
        }
    }

    @Test("definitions are found by name and by event type")
    func definitions() {
        #expect(Self.table.names == ["order.place", "order.print"])
        #expect(Self.table.command(forEvent: "order.placed")?.address == "POST /orders")
        #expect(Self.table.command(forEvent: "order.place")?.name == nil)
    }

    @Test(
        "a command repeats an event of its own type with equal data, unless its definition compares them",
        arguments: [
            (Command(name: "order.place", data: ["order": 7]), "order.placed", true),
            (Command(name: "order.place", data: ["order": 7], socket: "s"), "order.placed", true),
            (Command(name: "order.place", data: ["order": 8]), "order.placed", false),
            (Command(name: "order.place", data: ["order": 7]), "order.printed", false),
            (Command(name: "order.print", data: ["order": 8]), "order.printed", true),
            (Command(name: "order.burn", data: ["order": 7]), "order.placed", false),
        ] as [(Command, String, Bool)])
    func repetitions(command: Command, type: String, isRepetition: Bool) {
        #expect(Self.table.mayRepeat(command, of: type, ["order": 7]) == isRepetition)
    }

    @Test("two Unicode forms of a name are two commands with two event types", arguments: ["caf\u{E9}", "cafe\u{301}"])
    func forms(name: String) {
        let names = ["caf\u{E9}", "cafe\u{301}"]
        let table = CommandTable<Int>(names.map { CommandDefinition($0, event: $0) { _, _ in [] } })
        #expect(table.command(forEvent: name).map { Array($0.name.utf8) } == Array(name.utf8))
        for type in names {
            let isSame = type.utf8.elementsEqual(name.utf8)
            #expect(table.mayRepeat(Command(name: name, data: [:]), of: type, [:]) == isSame)
        }
    }

    @Test("two commands of the same name are a programming error")
    func duplicateNames() async {
        await #expect(processExitsWith: .failure) {
            _ = CommandTable<Int>([
                CommandDefinition("a", event: "b") { _, _ in [] }, CommandDefinition("a", event: "c") { _, _ in [] },
            ])
        }
    }

    @Test("two commands with the same event type are a programming error")
    func duplicateEvents() async {
        await #expect(processExitsWith: .failure) {
            _ = CommandTable<Int>([
                CommandDefinition("a", event: "c") { _, _ in [] }, CommandDefinition("b", event: "c") { _, _ in [] },
            ])
        }
    }
}

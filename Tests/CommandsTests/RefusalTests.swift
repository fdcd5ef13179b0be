import Commands
import EventLog
import JSON
import Testing

@Suite struct RefusalTests {
    @Test(
        "a code has the kind that decides the HTTP status",
        arguments: [
            (.invalid, .invalid), (.missing, .invalid), (.unknownField, .invalid), (.unknownCommand, .invalid),
            (.decidedType, .invalid), (.notFound, .notFound), (.stale, .stale),
        ] as [(Refusal.Code, Refusal.Kind)])
    func kinds(code: Refusal.Code, kind: Refusal.Kind) {
        #expect(code.kind == kind)
    }

    @Test("a refusal is described by its code and its message")
    func description() {
        #expect("\(Refusal(code: .stale, message: "too late"))" == "stale: too late")
    }

    @Test("a refusal repeats at most 64 characters of what was sent")
    func shortens() {
        let name = String(repeating: "n", count: 100_000)
        let shortened = String(repeating: "n", count: 64) + "…"
        let field = Refusal.unknownField(name, of: "message.post", fields: ["text"])
        #expect(field.field == shortened)
        #expect(field.message == "message.post has no field \"\(shortened)\"; its fields are text")
        let command = #expect(throws: Refusal.self) {
            try CommandTable<Int>([]).decide(Command(name: name, data: [:]), on: 0, at: .init(microseconds: 0))
        }
        #expect(command?.message == "there is no command \"\(shortened)\"; this server has no commands")
        #expect(String(repeating: "n", count: 64).shortened.count == 64)
    }
}

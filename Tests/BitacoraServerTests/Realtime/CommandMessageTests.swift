import EventLog
import JSON
import NIOCore
import Testing
@testable import BitacoraServer

@Suite struct CommandMessageTests {
    private func parse(_ text: String) throws -> CommandMessage {
        try CommandMessage(parsing: ByteBuffer(string: text))
    }

    @Test("a command is read with all of its fields")
    func reading() throws {
        let command = try parse(#"{"command":"product.create","data":{"a":1},"id":"i","ref":[1]}"#)
        #expect((command.name, command.data, command.id, command.reference) == ("product.create", ["a": 1], "i", [1]))
        let least = try parse(#"{"command":"x","id":null}"#)
        #expect((least.name, least.data, least.id, least.reference) == ("x", .object(JSONObject()), nil, .null))
    }

    @Test(
        "a message that is not a command is refused with the wrong field and the ref",
        arguments: [
            ("", "command", .null), ("{", "command", .null), ("[]", "command", .null), ("7", "command", .null),
            ("{}", "command", .null),
            (#"{"ref":7}"#, "command", 7), (#"{"command":7,"ref":"r"}"#, "command", "r"),
            (#"{"command":null,"ref":1}"#, "command", 1),
            (#"{"command":"x","colour":1,"ref":1}"#, "colour", 1), (#"{"command":"x","id":7,"ref":1}"#, "id", 1),
            (String(repeating: "[", count: 1000), "command", .null),
        ] as [(String, String, JSONValue)])
    func refusing(text: String, field: String, reference: JSONValue) {
        let error = #expect(throws: CommandMessageError.self) { try parse(text) }
        #expect(error?.problem.field == field)
        #expect(error?.reference == reference)
    }

    @Test("the length of ref is limited")
    func references() throws {
        func text(_ count: Int) -> String { #"{"command":"x","ref":""# + String(repeating: "r", count: count) + "\"}" }
        #expect(try parse(text(126)).reference.string?.count == 126)
        let error = #expect(throws: CommandMessageError.self) { try parse(text(127)) }
        #expect(error?.problem.field == "ref")
        #expect(error?.reference == .null)
    }

    @Test("the acknowledgement of a long message is short")
    func smallAnswers() throws {
        let name = String(repeating: "n\u{301}", count: 100_000)
        let error = try #require(#expect(throws: CommandMessageError.self) { try parse("{\"\(name)\":1}") })
        #expect(Acknowledgement.failure(error.problem).message(reference: error.reference).readableBytes < 512)
    }

    @Test("the form of an acknowledgement")
    func answers() {
        let done = CommandOutcome(offset: 17, data: nil, isRepeated: false)
        #expect(
            String(buffer: Acknowledgement(.success(done)).message(reference: "r"))
                == #"{"type":"ack","ref":"r","offset":17}"#)
        let problem = Problem.invalid("price", "no")
        #expect(
            String(buffer: Acknowledgement.failure(problem).message(reference: .null))
                == #"{"type":"ack","ref":null,"error":{"code":"invalid","message":"no","field":"price"}}"#)
    }
}

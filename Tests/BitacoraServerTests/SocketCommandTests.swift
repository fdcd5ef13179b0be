import EventLog
import JSON
import NIOCore
import Testing
@testable import BitacoraServer

@Suite struct SocketCommandTests {
    private func parse(_ text: String) throws -> SocketCommand { try SocketCommand(parsing: ByteBuffer(string: text)) }

    @Test("a command is read with all that it may have")
    func reading() throws {
        let command = try parse(#"{"command":"product.create","data":{"a":1},"id":"i","ref":[1]}"#)
        #expect((command.name, command.data, command.id, command.reference) == ("product.create", ["a": 1], "i", [1]))
        let least = try parse(#"{"command":"x","id":null}"#)
        #expect((least.name, least.data, least.id, least.reference) == ("x", .object(JSONObject()), nil, .null))
    }

    @Test(
        "what is no command is refused by field, with its ref",
        arguments: [
            ("", "command", .null), ("{", "command", .null), ("[]", "command", .null), ("7", "command", .null),
            ("{}", "command", .null),
            (#"{"ref":7}"#, "command", 7), (#"{"command":7,"ref":"r"}"#, "command", "r"),
            (#"{"command":null,"ref":1}"#, "command", 1),
            (#"{"command":"x","colour":1,"ref":1}"#, "colour", 1), (#"{"command":"x","id":7,"ref":1}"#, "id", 1),
            (String(repeating: "[", count: 1000), "command", .null),
        ] as [(String, String, JSONValue)])
    func refusing(text: String, field: String, reference: JSONValue) {
        let error = #expect(throws: SocketCommandError.self) { try parse(text) }
        #expect(error?.problem.field == field)
        #expect(error?.reference == reference)
    }

    @Test("a ref is bounded")
    func references() throws {
        func text(_ count: Int) -> String { #"{"command":"x","ref":""# + String(repeating: "r", count: count) + "\"}" }
        #expect(try parse(text(126)).reference.string?.count == 126)
        let error = #expect(throws: SocketCommandError.self) { try parse(text(127)) }
        #expect(error?.problem.field == "ref")
        #expect(error?.reference == .null)
    }

    @Test("an answer is small, however long what it answers to was")
    func smallAnswers() throws {
        let name = String(repeating: "n\u{301}", count: 100_000)
        let error = try #require(#expect(throws: SocketCommandError.self) { try parse("{\"\(name)\":1}") })
        #expect(Acknowledgement.text(error.reference, .failure(error.problem)).readableBytes < 512)
    }

    @Test("what an answer looks like")
    func answers() {
        let done = CommandOutcome(offset: 17, data: nil, isRepeated: false)
        #expect(String(buffer: Acknowledgement.text("r", .success(done))) == #"{"type":"ack","ref":"r","offset":17}"#)
        let problem = Problem.invalid("price", "no")
        #expect(
            String(buffer: Acknowledgement.text(.null, .failure(problem)))
                == #"{"type":"ack","ref":null,"error":{"code":"invalid","message":"no","field":"price"}}"#)
    }
}

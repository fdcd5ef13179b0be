import EventLog
import HTTPTypes
import JSON
import Testing
@testable import BitacoraServer

@Suite struct NewEventTests {
    private func event(_ text: String, _ path: String = "") throws -> NewEvent {
        try Array(text.utf8).withUnsafeBytes { try NewEvent(json: $0, path: path) }
    }

    @Test(
        "an event is read from the JSON that clients receive",
        arguments: [
            (
                #"{"topic":"a","type":"b","data":1}"#,
                NewEvent(topic: "a", type: "b", source: "http", data: .json(Array("1".utf8)))
            ),
            (
                #"{"topic":"a","type":"b","id":"i","source":"s","data":{"x":[1.50]},"encoding":null,"expectedOffset":7}"#,
                NewEvent(
                    topic: "a", type: "b", id: "i", source: "s", data: .json(Array(#"{"x":[1.50]}"#.utf8)),
                    expectedOffset: 7)
            ),
            (
                #"{"topic":"a","type":"b","id":null,"source":null,"data":null}"#,
                NewEvent(topic: "a", type: "b", data: .json(Array("null".utf8)))
            ),
            (
                #"{"topic":"z","topic":"a","type":"b","data":{ "a":1, "a":2.0, "\u00e9":"\/" }}"#,
                NewEvent(
                    topic: "a", type: "b", source: "http", data: .json(Array(#"{"a":1,"a":2.0,"\u00e9":"\/"}"#.utf8)))
            ),
            (
                #"{"topic":"a","type":"b","data":"AAE=","encoding":"base64"}"#,
                NewEvent(topic: "a", type: "b", source: "http", data: .bytes([0, 1]))
            ),
            (
                #"{"topic":"a","type":"b","data":0,"expectedOffset":0}"#,
                NewEvent(topic: "a", type: "b", source: "http", data: .json(Array("0".utf8)), expectedOffset: 0)
            ),
        ])
    func reading(text: String, expected: NewEvent) throws {
        #expect(try event(text) == expected)
    }

    @Test(
        "an error names the path of the wrong field",
        arguments: [
            ("7", "event"), ("[]", "event"), (#"{"topic":"a""#, "event"), ("{}", "data"),
            (#"{"topic":"a","data":1}"#, "type"), (#"{"type":"a","data":1}"#, "topic"),
            (#"{"topic":7,"type":"b","data":1}"#, "topic"), (#"{"topic":"a","type":null,"data":1}"#, "type"),
            (#"{"topic":"a","type":"b","data":1,"id":7}"#, "id"),
            (#"{"topic":"a","type":"b","data":1,"source":7}"#, "source"),
            (#"{"topic":"a","type":"b","data":1,"offset":7}"#, "offset"),
            (#"{"topic":"a","type":"b","data":1,"expectedOffset":-1}"#, "expectedOffset"),
            (#"{"topic":"a","type":"b","data":1,"expectedOffset":1.5}"#, "expectedOffset"),
            (#"{"topic":"a","type":"b","data":1,"expectedOffset":"1"}"#, "expectedOffset"),
            (#"{"topic":"a","type":"b","data":1,"encoding":"base64"}"#, "data"),
            (#"{"topic":"a","type":"b","data":"é","encoding":"base64"}"#, "data"),
            (#"{"topic":"a","type":"b","data":"","encoding":"hex"}"#, "encoding"),
            (#"{"topic":"a","type":"b","data":"","encoding":7}"#, "encoding"),
        ])
    func refusing(text: String, field: String) {
        let problem = #expect(throws: Problem.self) { try event(text, "[3].") }
        #expect(problem?.status == .unprocessableContent)
        #expect(problem?.field == "[3]." + field)
    }
}

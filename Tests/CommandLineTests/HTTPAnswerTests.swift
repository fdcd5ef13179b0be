import Testing

@testable import bitacora

@Suite("what a benchmark's client reads over HTTP")
struct HTTPAnswerTests {
    @Test(
        "an answer is whole with the last byte of its body",
        arguments: ["Content-Length: 5", "content-length:5", "X: 1\r\nCONTENT-LENGTH:  5"])
    func pieces(_ field: String) throws {
        var answer = HTTPAnswer()
        let bytes = Array("HTTP/1.1 200 OK\r\nX-Content-Length: 9\r\n\(field)\r\n\r\nhello".utf8)
        for (index, byte) in bytes.enumerated() {
            let isWhole = withUnsafeBytes(of: byte) { answer.take($0) }
            #expect(isWhole == (index == bytes.count - 1))
        }
        #expect(try answer.takeBody(wanting: 200) == Array("hello".utf8))
    }

    @Test("an answer of another status is a failure")
    func status() throws {
        var answer = HTTPAnswer()
        let isWhole = Array("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n".utf8).withUnsafeBytes {
            answer.take($0)
        }
        #expect(isWhole)
        #expect(throws: Failure.self) { try answer.takeBody(wanting: 200) }
    }
}

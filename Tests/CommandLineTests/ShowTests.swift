import EventLog
import Testing

@Suite("bitacora log show")
struct ShowTests {
    @Test("prints all of an event, its data laid out and its neighbours in the topic")
    func whole() async throws {
        let log = try await TemporaryLog.sample()
        let result = try await Tool.log("show", "3", in: log)
        #expect(result.status == 0)
        for line in [
            "offset    3", "topic     products", "type      product.updated", "data      42 bytes, JSON",
            "previous  1 in this topic", "next      5 in this topic",
        ] { #expect(result.lines.contains(line), "\(line)") }
        #expect(!result.output.contains("\nid "))
        #expect(
            result.output.hasSuffix(
                """

                {
                  "id": 1,
                  "price": 19.90,
                  "tags": [],
                  "more": {}
                }

                """))
    }

    @Test("prints id, source, digest and position, and says where a topic begins")
    func names() async throws {
        let log = try await TemporaryLog.sample()
        let result = try await Tool.log("show", "1", in: log)
        #expect(result.lines.contains("id        p-1"))
        #expect(result.lines.contains("source    test"))
        #expect(result.lines.contains("previous  none in this topic"))
        #expect(result.output.contains(#/\nposition  [0-9a-f]{16}:1\n/#))
        #expect(result.output.contains(#/\ndigest    [0-9a-f]{32}\n/#))
    }

    @Test("prints bytes in hexadecimal")
    func bytes() async throws {
        let log = try await TemporaryLog.sample()
        let result = try await Tool.log("show", "4", in: log)
        #expect(result.lines.contains("data      5 bytes, not JSON"))
        #expect(result.lines.last == "00000000  00 01 02 1b 41                                   ....A")
    }

    @Test("prints the event's JSON alone with --json")
    func json() async throws {
        let log = try await TemporaryLog.sample()
        let result = try await Tool.log("show", "4", "--json", in: log)
        #expect(result.lines == [try log.eventJSON()[3]])
    }

    @Test("ends with status 1 where there is no event", arguments: ["0", "6", "18446744073709551615"])
    func missing(_ offset: String) async throws {
        let log = try await TemporaryLog.sample()
        let result = try await Tool.log("show", offset, in: log)
        #expect(result.status == 1)
        #expect(result.output.isEmpty)
        #expect(result.errors == "bitacora: there is no event at offset \(offset); the log has offsets 1 to 5\n")
    }
}

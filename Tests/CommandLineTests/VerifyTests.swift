import EventLog
import Glibc
import JSON
import Testing

@Suite("bitacora log verify")
struct VerifyTests {
    @Test("reports an undamaged log as sound, and prints the digest of the head")
    func sound() async throws {
        let log = try await TemporaryLog.sample()
        let result = try await Tool.log("verify", in: log)
        #expect(result.status == 0)
        #expect(result.lines.contains("result  sound"))
        #expect(result.lines.contains("events  5, offsets 1 to 5"))
        #expect(result.errors.isEmpty)
        let value = try JSONValue(parsing: try await Tool.log("verify", "--json", in: log).output)
        #expect(
            value.object?.entries.map(\.key) == [
                "sound", "first", "head", "events", "bytes", "digest", "seconds", "problemCount", "problems",
            ])
        #expect(value["sound"]?.bool == true)
        let shown = try await Tool.log("show", "5", in: log)
        #expect(shown.lines.contains("digest    \(value["digest"]?.string ?? "?")"))
    }

    @Test("an empty log is sound")
    func empty() async throws {
        let log = try await TemporaryLog([])
        #expect(try await Tool.log("verify", in: log).status == 0)
    }

    @Test("reports a changed event, and ends with status 1")
    func changed() async throws {
        let log = try await TemporaryLog.sample()
        try change("Hello", to: "Hullo", in: log)
        let result = try await Tool.log("verify", in: log)
        #expect(result.status == 1)
        #expect(result.lines.first?.hasPrefix("offset 2: the digest does not match") == true)
        #expect(result.lines.contains("result  1 problem"))
        #expect(result.errors == "bitacora: 1 problem found in the log in \(log.directory)\n")
        let json = try await Tool.log("verify", "--json", in: log)
        #expect(json.status == 1)
        let value = try JSONValue(parsing: json.output)
        #expect(value["sound"]?.bool == false)
        #expect(value["problemCount"]?.int == 1)
        #expect(value["problems"]?.array?.first?["offset"]?.int == 2)
    }

    @Test("reports a damaged page, reads no events, and ends with status 1")
    func damaged() async throws {
        let log = try await TemporaryLog.sample()
        try change("events", to: "evfnts", in: log)
        #expect(try await Tool.log("verify", in: log).status == 2)
        try change("evfnts", to: "zvfnts", in: log)
        let result = try await Tool.log("verify", in: log)
        #expect(result.status == 1)
        #expect(result.lines.first?.hasSuffix(": the main database: the keys are not in order") == true)
        #expect(
            result.lines.contains(
                "result  1 problem; the file is damaged and its events were not read: restore it from a backup"))
        let value = try JSONValue(parsing: try await Tool.log("verify", "--json", in: log).output)
        #expect(value["sound"]?.bool == false && value["head"] == .null && value["problemCount"]?.int == 1)
        #expect(value["problems"]?.array?.first?["page"]?.int.map { $0 > 1 } == true)
    }

    @Test("works while another process writes")
    func besideWriter() async throws {
        let directory = try await TemporaryLog.sample()
        let log = try EventLog(directory: directory.directory)
        defer { log.close() }
        try await log.append(NewEvent(topic: "t", type: "x", data: .bytes([1])))
        let result = try await Tool.log("verify", in: directory)
        #expect(result.status == 0)
        #expect(result.lines.contains("events  6, offsets 1 to 6"))
    }

    /// Overwrites `old` by `new`, of the same length, wherever the file has it.
    private func change(_ old: String, to new: String, in log: TemporaryLog) throws {
        let descriptor = open(log.directory + "/data.mdb", O_RDWR | O_CLOEXEC)
        guard descriptor >= 0 else { throw SystemError(call: "open") }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: Int(lseek(descriptor, 0, SEEK_END)))
        guard pread(descriptor, &bytes, bytes.count, 0) == bytes.count else { throw SystemError(call: "pread") }
        let (wanted, wrong) = (Array(old.utf8), Array(new.utf8))
        for place in 0...bytes.count - wanted.count where bytes[place..<place + wanted.count].elementsEqual(wanted) {
            pwrite(descriptor, wrong, wrong.count, off_t(place))
        }
    }
}

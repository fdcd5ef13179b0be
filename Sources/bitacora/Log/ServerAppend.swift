import Base64
import EventLog
import JSON

/// Appends through the server that holds the log: `POST /api/events`.
struct ServerAppend {
    /// `http://HOST:PORT`, as the server announced it.
    let address: String

    /// - Returns: the server's answer, an object with `offset` at the least.
    /// - Throws: `Failure` with the server's own words when it refuses.
    func append(_ event: NewEvent) async throws(Failure) -> JSONValue {
        var text: [UInt8] = []
        Self.write(event, into: &text)
        let (status, body) = try await post(text)
        if status == 201, let body, body["offset"]?.int != nil { return body }
        throw refusal(status, body)
    }

    /// - Returns: the status, and the body where it is JSON.
    private func post(_ json: [UInt8]) async throws(Failure) -> (status: Int, body: JSONValue?) {
        guard let client = HTTPClient(address: address) else {
            throw Failure(
                ExitStatus.unusable,
                "the server that holds the log has the address \(address), which this command cannot use; an address is like http://127.0.0.1:8080"
            )
        }
        let answer: HTTPClient.Answer
        do throws(HTTPClient.Trouble) {
            answer = try await client.post("/api/events", json: json)
        } catch {
            throw Failure(ExitStatus.unusable, "the server at \(address), which holds the log, \(error)")
        }
        return (answer.status, try? JSONValue(parsing: answer.body))
    }

    /// Why the server took none of several events.
    struct Refusal: Error {
        /// The event at fault, where the server names one.
        let index: Int?
        let failure: Failure
    }

    /// Appends all or none.
    func append(_ events: [NewEvent]) async throws(Refusal) -> ImportTarget.Written {
        let status: Int
        let body: JSONValue?
        do throws(Failure) {
            (status, body) = try await post(Self.array(of: events))
        } catch {
            throw Refusal(index: nil, failure: error)
        }
        if status == 201, let body, let offsets = body["offsets"]?.array, offsets.count == events.count {
            let duplicates = body["duplicates"]?.int ?? 0
            return ImportTarget.Written(new: offsets.count - duplicates, duplicates: duplicates)
        }
        throw Refusal(index: Self.index(body?["field"]?.string), failure: refusal(status, body))
    }

    /// Of `[3].topic` the 3.
    private static func index(_ field: String?) -> Int? {
        guard let field, field.hasPrefix("["), let end = field.firstIndex(of: "]") else { return nil }
        return Int(field[field.index(after: field.startIndex)..<end])
    }

    private static func array(of events: [NewEvent]) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(events.reduce(2) { $0 + $1.data.count + 256 })
        for event in events {
            text.append(UInt8(ascii: text.isEmpty ? "[" : ","))
            write(event, into: &text)
        }
        text.append(UInt8(ascii: "]"))
        return text
    }

    /// Writes the event as the server is to log it: its data, checked when the event was made, byte for byte, and a null
    /// where it has no source, since one that is left out is the server's own.
    private static func write(_ event: NewEvent, into text: inout [UInt8]) {
        text += #"{"topic":"#.utf8
        JSONText.writeString(event.topic, into: &text)
        text += #","type":"#.utf8
        JSONText.writeString(event.type, into: &text)
        text += #","data":"#.utf8
        switch event.data {
        case .json(let json): text += json
        case .bytes(let bytes):
            JSONText.writeString(Base64.encoded(bytes), into: &text)
            text += #","encoding":"base64""#.utf8
        }
        if let id = event.id {
            text += #","id":"#.utf8
            JSONText.writeString(id, into: &text)
        }
        text += #","source":"#.utf8
        if let source = event.source { JSONText.writeString(source, into: &text) } else { text += "null".utf8 }
        if let expected = event.expectedOffset { text += #","expectedOffset":\#(expected)"#.utf8 }
        text.append(UInt8(ascii: "}"))
    }

    /// RFC 9457: `detail` explains this case, `title` its kind.
    private func refusal(_ status: Int, _ problem: JSONValue?) -> Failure {
        guard let reason = problem?["detail"]?.string ?? problem?["title"]?.string else {
            return Failure(
                ExitStatus.unusable,
                "the server at \(address) sent an answer with status \(status) that is not the answer to an append; check that it is a Bitácora server"
            )
        }
        return Failure((400..<500).contains(status) ? ExitStatus.refused : ExitStatus.unusable, reason)
    }
}

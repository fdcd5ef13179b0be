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
        let (status, body) = try await post(Self.json(event))
        if status == 201, let body, body["offset"]?.int != nil { return body }
        throw refusal(status, body)
    }

    /// - Returns: the status, and the body where it is JSON.
    private func post(_ json: JSONValue) async throws(Failure) -> (status: Int, body: JSONValue?) {
        guard let client = HTTPClient(address: address) else {
            throw Failure(ExitStatus.unusable, "the log is held by a server at \(address), an address that cannot be used from here")
        }
        let answer: HTTPClient.Answer
        do throws(HTTPClient.Trouble) {
            answer = try await client.post("/api/events", json: json.bytes)
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
            (status, body) = try await post(.array(events.map(Self.json)))
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

    private static func json(_ event: NewEvent) -> JSONValue {
        var object: JSONObject = ["topic": .string(event.topic), "type": .string(event.type)]
        switch event.data {
        case .json(let text):
            // Checked when the event was made.
            object["data"] = (try? JSONValue(parsing: text)) ?? .null
        case .bytes(let bytes):
            object["data"] = .string(Base64.encoded(bytes))
            object["encoding"] = "base64"
        }
        if let id = event.id { object["id"] = .string(id) }
        if let source = event.source { object["source"] = .string(source) }
        if let expected = event.expectedOffset { object["expectedOffset"] = .offset(expected) }
        return .object(object)
    }

    /// RFC 9457: `detail` explains this case, `title` its kind.
    private func refusal(_ status: Int, _ problem: JSONValue?) -> Failure {
        guard let reason = problem?["detail"]?.string ?? problem?["title"]?.string else {
            return Failure(ExitStatus.unusable, "the server at \(address) gave an answer with status \(status) that is not understood")
        }
        return Failure((400..<500).contains(status) ? ExitStatus.refused : ExitStatus.unusable, reason)
    }
}

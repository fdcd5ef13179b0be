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
        guard let client = HTTPClient(address: address) else {
            throw Failure(ExitStatus.unusable, "the log is held by a server at \(address), an address that cannot be used from here")
        }
        let answer: HTTPClient.Answer
        do throws(HTTPClient.Trouble) {
            answer = try await client.post("/api/events", json: Self.json(event).bytes)
        } catch {
            throw Failure(ExitStatus.unusable, "the server at \(address), which holds the log, \(error)")
        }
        let body = try? JSONValue(parsing: answer.body)
        if answer.status == 201, let body, body["offset"]?.int != nil { return body }
        throw refusal(answer.status, body)
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

import BitacoraServer
import Commands
import EventLog
import Handlebars
import Hummingbird
import JSON

/// `/chat`: the history of the chat, rendered from the log, and its form.
struct ChatPage: Sendable {
    static let view = "chat"
    /// The largest form, in bytes: one that is somewhat too long is shown again with what was written.
    static let bodyLimit = 512 << 10

    private static let address = "/chat"

    let server: Server

    /// The newest messages, or those before the offset that `before` names.
    func show(_ request: Request) async throws -> Response {
        guard let text = request.query["before"] else { return .page(try await page(), request) }
        guard let before = Offset(text), before > .start else {
            throw Problem.invalid("before", "before must be an offset, 1 or more, not '\(text.prefix(64))'")
        }
        return .page(try await page(before: before), request)
    }

    /// Posts what a form of plain HTML says; one that is sent twice takes effect once (`FormSubmission`).
    ///
    /// Two people may say the same at the same offset, so each page has a word of its own in its form, `once`. Who
    /// sends none may say the same again.
    ///
    /// The answer leads to the message (303), or is the page with the form as it was filled in, and why it was refused.
    func post(_ request: Request) async throws -> Response {
        let sent = try await request.form(limit: Self.bodyLimit)
        let form = try ChatForm(sent.fields)
        do throws(Problem) {
            let outcome = try await server.perform(
                form.command, id: sent.fields["once"] == nil ? nil : sent.id, source: "form")
            return .seeOther("\(Self.address)#message-\(outcome.offset)")
        } catch {
            return .page(try await page(form: form.refused(error)), request, status: error.status)
        }
    }

    private func page(before: Offset? = nil, form: ChatForm = ChatForm()) async throws -> [UInt8] {
        let value = server.current
        let history = try await ChatHistory(before: min(before ?? .end, value.offset.next), in: server)
        var data: Object = [
            "title": "Chat", "sheet": "chat", "isChat": true, "isLive": .bool(before == nil),
            "offset": Value(value.offset.rawValue),
            "logId": .string("\(server.log.id)"),
            "position": .string("\(Position(log: server.log.id, offset: value.offset))"),
            "messageCount": .string(PageText.grouped(value.state.messageCount)),
            "messages": .list(history.messages, ChatMessage.shape), "blank": ChatMessage.blank, "form": form.value,
            "once": .string(String(UInt64.random(in: .min ... .max), radix: 16)),
        ]
        if let earlier = history.earlier { data["earlier"] = .string("\(Self.address)?before=\(earlier)") }
        return try server.views.render(Self.view, .object(data))
    }
}

/// The form for a message: what is written in it, and what is wrong with that.
struct ChatForm: Sendable {
    /// What a browser sends of it.
    private static let parameters: Set<String> = ["user", "text", "once"]

    private var user = ""
    private var text = ""
    private(set) var problem: Problem?

    /// With nothing in it.
    init() {}

    /// As a browser sent it.
    ///
    /// - Throws: `.invalid` for a field that the form does not have.
    init(_ query: Query) throws(Problem) {
        try query.rejectNames(besides: Self.parameters)
        user = query["user"] ?? ""
        // Browsers end the lines of a form as mail does; a message has plain ones.
        text = (query["text"] ?? "").replacing("\r\n", with: "\n")
    }

    /// The same form, with what is wrong with it.
    func refused(_ problem: Problem) -> ChatForm {
        var form = self
        form.problem = problem
        return form
    }

    var command: Command {
        var data: JSONObject = ["text": .string(text)]
        if !user.isEmpty { data["user"] = .string(user) }
        return Command(name: "message.post", data: .object(data))
    }

    /// As the templates see it.
    var value: Value {
        var object: Object = ["user": .string(user), "text": .string(text)]
        object.addProblem(problem, fields: ["user", "text"])
        return .object(object)
    }
}

/// A run of the chat's messages, the oldest first.
struct ChatHistory: Sendable {
    /// How many messages a page has.
    static let pageSize = 200

    let messages: [ChatMessage]
    /// What to ask for to see those before: `nil` when these are the first.
    let earlier: Offset?

    /// Reads the last messages before an offset. A damaged event is skipped; the inspector shows it.
    init(before end: Offset, in server: Server) async throws {
        let filter = EventFilter(
            topics: [TopicPattern(MarketplaceTopic.chat)].compactMap { $0 }, types: [MarketplaceEventType.messagePosted]
        )
        // One more event shows whether there are earlier messages.
        let events = try await server.events(before: end, filter, limit: Self.pageSize + 1)
        earlier = events.count > Self.pageSize ? events[Self.pageSize - 1].offset : nil
        messages = events.prefix(Self.pageSize).reversed().compactMap(ChatMessage.init)
    }
}

/// A message of the log as a line of the chat page.
struct ChatMessage: Sendable {
    let offset: Offset
    private let time: Timestamp
    private let source: String?
    private let message: PostedMessage

    /// - Returns: nil for an event that is no message, whatever it calls itself.
    init?(_ event: Event) {
        guard case .json(let bytes) = event.data, let data = try? JSONValue(parsing: bytes),
            let message = PostedMessage(data)
        else { return nil }
        (offset, time, source) = (event.offset, event.time, event.source)
        self.message = message
    }

    /// As the templates see it. What others wrote is shown and not obeyed.
    static let shape: ObjectShape<ChatMessage> = [
        "offset": { Value($0.offset.rawValue) },
        "time": { .string($0.time.description) },
        "date": { .string(String(PageText.clock($0.time).prefix(10))) },
        "clock": { .string(String(PageText.clock($0.time).dropFirst(11))) },
        // Who spoke over no socket is known by the way they came.
        "socket": { .string(PageText.escaped($0.message.socket ?? $0.source ?? "unknown")) },
        "user": { .string(PageText.escaped($0.message.user ?? "")) },
        "text": { .string(PageText.escaped($0.message.text.replacing("\t", with: "    "), keepsNewlines: true)) },
    ]

    /// A line with nothing in it, which the page's script clones.
    static let blank = Value.object(shape.names.reduce(into: Object()) { $0[$1] = "" })
}

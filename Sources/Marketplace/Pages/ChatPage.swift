import BitacoraServer
import Commands
import EventLog
import Handlebars
import Hummingbird
import JSON

/// `/chat`: the messages of the chat, rendered from the log, and the form for a new message.
struct ChatPage: Sendable {
    static let view = "chat"
    /// The largest form, in bytes. A message that is longer than allowed but fits is shown again for correction.
    static let bodyLimit = 512 << 10

    private static let address = "/chat"

    let server: Server

    /// Shows the newest messages, or those before the offset `before`.
    func show(_ request: Request) async throws -> Response {
        guard let text = request.query["before"] else { return .page(try await page(), request) }
        guard let before = Offset(text), before > .start else {
            throw Problem.invalid("before", "before must be an offset, 1 or more, not '\(text.prefix(64))'")
        }
        return .page(try await page(before: before), request)
    }

    /// Posts the message of a form.
    ///
    /// A form that is sent twice takes effect once (`FormSubmission`). Two people may send the same text from the same
    /// offset, so each rendered form has a random value in the hidden field `once`. A form without this field is posted
    /// each time.
    ///
    /// The response redirects to the message (303), or shows the page with the refused form and the reason.
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

/// The form for a new message.
struct ChatForm: HTMLForm {
    static let fields = ["user", "text"]
    static let otherParameters = ["once"]

    var typed: [String: String] = [:]
    var problem: Problem?

    var command: Command {
        var data: JSONObject = ["text": .string(typed["text"] ?? "")]
        if let user = typed["user"], !user.isEmpty { data["user"] = .string(user) }
        return Command(name: "message.post", data: .object(data))
    }

    /// The form for the templates.
    var value: Value { .object(fieldValues) }
}

/// Consecutive messages of the chat, the oldest first.
struct ChatHistory: Sendable {
    /// The most messages on a page.
    static let pageSize = 200

    let messages: [ChatMessage]
    /// The value of `before` for the page of earlier messages; nil when there are none.
    let earlier: Offset?

    /// Reads the last messages before an offset. A damaged event is skipped; the inspector shows it.
    init(before end: Offset, in server: Server) async throws {
        let filter = EventFilter(
            topics: [MarketplaceTopic.chatPattern], types: [MarketplaceEventType.messagePosted]
        )
        // One more event shows whether there are earlier messages.
        let events = try await server.events(before: end, filter, limit: Self.pageSize + 1)
        earlier = events.count > Self.pageSize ? events[Self.pageSize - 1].offset : nil
        messages = events.prefix(Self.pageSize).reversed().compactMap(ChatMessage.init)
    }
}

/// A message of the log as the chat page shows it.
struct ChatMessage: Sendable {
    let offset: Offset
    private let time: Timestamp
    private let source: String?
    private let message: PostedMessage

    /// - Returns: nil for an event whose data are not those of a message.
    init?(_ event: Event) {
        guard case .json(let bytes) = event.data, let data = try? JSONValue(parsing: bytes),
            let message = PostedMessage(data)
        else { return nil }
        (offset, time, source) = (event.offset, event.time, event.source)
        self.message = message
    }

    /// The values of a message for the templates. Control characters in text of users are escaped.
    static let shape: ObjectShape<ChatMessage> = [
        "offset": { Value($0.offset.rawValue) },
        "time": { .string($0.time.description) },
        "date": { .string(String(PageText.clock($0.time).prefix(10))) },
        "clock": { .string(String(PageText.clock($0.time).dropFirst(11))) },
        // A message without a socket shows its source instead, such as `http`.
        "socket": { .string(PageText.escaped($0.message.socket ?? $0.source ?? "unknown")) },
        "user": { .string(PageText.escaped($0.message.user ?? "")) },
        "text": { .string(PageText.escaped($0.message.text.replacing("\t", with: "    "), keepsNewlines: true)) },
    ]

    /// An empty message, which the script of the page clones.
    static let blank = Value.object(shape.names.reduce(into: Object()) { $0[$1] = "" })
}

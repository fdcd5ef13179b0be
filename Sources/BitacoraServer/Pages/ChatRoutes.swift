import EventLog
import Handlebars
import Hummingbird
import Inspection
import Marketplace
import NIOPosix

/// `/chat`: the history of the chat, rendered from the log, and its form.
struct ChatRoutes: Sendable {
    static let view = "chat"
    /// The largest form, in bytes: one that is somewhat too long is shown again with what was written.
    static let bodyLimit = 512 << 10

    private static let address = "/chat"

    let market: Market
    let views: ViewEngine

    /// The newest messages, or those before the offset that `before` names.
    func show(_ request: Request) async throws -> Response {
        guard let text = request.query["before"] else { return .page(try await page(), request) }
        guard let before = Offset(text), before > .start else {
            throw Problem.invalid("before", "before must be an offset, 1 or more, not '\(text.prefix(64))'")
        }
        return .page(try await page(before: before), request)
    }

    /// Posts what a form of plain HTML says; one that is sent twice takes effect once (`SentForm`).
    ///
    /// Two people may say the same at the same offset, so each page has a word of its own in its form, `once`. Who
    /// sends none may say the same again.
    ///
    /// The answer leads to the message (303), or is the page with the form as it was filled in, and why it was refused.
    func post(_ request: Request) async throws -> Response {
        let sent = try await request.form(limit: Self.bodyLimit)
        let form = try ChatForm(sent.fields)
        do throws(Problem) {
            let outcome = try await market.perform(
                form.command, id: sent.fields["once"] == nil ? nil : sent.id, source: "form")
            return .seeOther("\(Self.address)#message-\(outcome.offset)")
        } catch {
            return .page(try await page(form: form.refused(error)), request, status: error.status)
        }
    }

    private func page(before: Offset? = nil, form: ChatForm = ChatForm()) async throws -> [UInt8] {
        let value = market.projector.value
        let history: ChatHistory
        do {
            let end = min(before ?? .end, value.offset.next)
            // Raw events of other types may lie between the messages, more than an event loop may wait for.
            history = try await NIOThreadPool.singleton.runIfActive { [log = market.log] in
                try ChatHistory(before: end, in: log)
            }
        } catch let error as ReadError {
            throw Problem(error)
        }
        var data: Object = [
            "title": "Chat", "sheet": "chat", "isChat": true, "isLive": .bool(before == nil),
            "offset": Value(value.offset.rawValue),
            "logId": .string("\(market.log.id)"),
            "position": .string("\(Position(log: market.log.id, offset: value.offset))"),
            "messageCount": .string(Amount.grouped(value.state.messageCount)),
            "messages": .list(history.messages, ChatMessage.shape), "blank": ChatMessage.blank, "form": form.value,
            "once": .string(String(UInt64.random(in: .min ... .max), radix: 16)),
        ]
        if let earlier = history.earlier { data["earlier"] = .string("\(Self.address)?before=\(earlier)") }
        return try views.render(Self.view, .object(data))
    }
}

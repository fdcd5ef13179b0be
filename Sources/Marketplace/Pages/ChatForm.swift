import Handlebars
import JSON
import Marketplace

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
        try query.allowOnly(Self.parameters)
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
        object.tell(problem, beside: ["user", "text"])
        return .object(object)
    }
}

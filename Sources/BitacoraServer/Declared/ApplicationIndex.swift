import JSON
import Declarations
import EventLog
import Handlebars
import Hummingbird
import KeyedRows

/// The page at `/` of a folder application that declares none: its pages, collections and commands.
struct ApplicationIndex: Sendable {
    static let view = "application"

    let log: EventLog
    let views: ViewEngine
    let application: DeclaredApplication
    /// The name of the folder, for an application whose definition has no name.
    let name: String

    func show(_ request: Request) throws -> Response {
        let version = application.version
        let offset = log.head
        let context: Value = [
            "title": .string(version.definition.name ?? name), "sheet": "application", "offset": Value(offset.rawValue),
            "logId": .string("\(log.id)"),
            "pages": .array(version.definition.pages.map(Self.page)),
            "collections": .array(
                version.collectionNames.compactMap { version.collections[$0] }.map { Self.collection($0) }),
            "commands": .array(version.definition.commands.map(Self.command)),
        ]
        return .page(try views.render(Self.view, context), request)
    }

    private static func page(_ page: DeclaredPage) -> Value {
        // A route with a name has no address of its own.
        [
            "route": .string(page.route.text), "title": page.title.map { .string($0) } ?? .null,
            "isLink": .bool(page.route.names.isEmpty),
        ]
    }

    private static func collection(_ collection: ServedCollection) -> Value {
        let state = collection.current.state
        return [
            "name": .string(collection.name), "address": .string("/api/collections/\(collection.name)"),
            "count": .string(PageText.grouped(state.count)), "isOne": .bool(state.count == 1),
            "fields": .string(state.fields.joined(separator: ", ")),
        ]
    }

    private static func command(_ command: DeclaredCommand) -> Value {
        [
            "name": .string(command.name), "event": .string(command.event),
            "topic": .string(command.topic.description), "guard": command.collection.map { .string($0) } ?? .null,
        ]
    }
}

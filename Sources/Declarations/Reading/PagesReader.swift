import Inspection
import JSON
import KeyedRows

/// Reads `pages`.
struct PagesReader {
    private let sources: SourceFiles
    private let collections: KnownCollections

    static let maximumPages = 100
    private static let maximumSize = 1000
    private static let maximumTitleCharacters = 200
    private static let keys = ["template", "list", "one", "row", "where", "sort", "size", "title", "layout"]

    init(_ sources: SourceFiles, _ collections: KnownCollections) {
        (self.sources, self.collections) = (sources, collections)
    }

    func read(_ node: Node) -> [DeclaredPage] {
        var routes: [PageRoute] = []
        var pages: [DeclaredPage] = []
        let members = node.members(
            mustBe: "an object of pages such as \"/orders\"", limit: Self.maximumPages, of: "pages")
        for (text, node) in members {
            let route = PageRoute(nameOf: node, text)
            if let route { add(route, to: &routes, node) }
            if let page = page(text, route, node) { pages.append(page) }
        }
        return pages
    }

    /// Adds a route to the others, and reports one that shares addresses with the server or with another route.
    private func add(_ route: PageRoute, to routes: inout [PageRoute], _ node: Node) {
        if let conflict = route.conflictWithServer { return node.nameFault(conflict) }
        if let other = routes.first(where: { $0.overlaps(route) }) {
            node.nameFault("some addresses match both \(route.text) and \(other.text); change one of the routes")
        }
        routes.append(route)
    }

    private func page(_ text: String, _ route: PageRoute?, _ node: Node) -> DeclaredPage? {
        guard node.keys(Self.keys, mustBe: "an object with the keys \(Self.keys.joined(separator: ", "))") else {
            return nil
        }
        if node.lacks("template", among: Self.keys) {
            node.nameFault(
                "the page \(text.shortened) has no \"template\"; write the name of a file in views/ without .handlebars"
            )
        }
        let template = node.child("template").flatMap { name($0, .template) }
        let row = node.child("row").flatMap { name($0, .partial) }
        let layout = node.child("layout").flatMap { name($0, .layout) }
        let title = node.child("title")?.shortText(limit: Self.maximumTitleCharacters)
        let content = content(route, node)
        guard let template, let route else { return nil }
        return DeclaredPage(
            route: route, template: template, content: content, row: row, title: title, layout: layout)
    }

    /// Reads the name of a template that the folder must have.
    private func name(_ node: Node, _ kind: SourceFiles.TemplateKind) -> String? {
        guard let name = node.text(mustBe: "the name of a file below \(kind.rawValue), without .handlebars") else {
            return nil
        }
        if sources.has(name, kind) || (kind == .layout && name == SourceFiles.serverLayout) { return name }
        if kind == .template, sources.hasFile(SourceFiles.path(of: name, kind)) {
            node.fault("\"\(name.shortened)\" is a partial or layout; name a file that is directly below views/")
            return nil
        }
        let hint = Suggestion.nearest(to: name, among: sources.names(of: kind))
        node.fault(
            "there is no file \(SourceFiles.path(of: name.shortened, kind)); "
                + (hint.map { "did you mean \"\($0)\"?" } ?? "write it, or name another file"))
        return nil
    }

    private func content(_ route: PageRoute?, _ node: Node) -> DeclaredPage.Content {
        let list = node.child("list")
        let one = node.child("one")
        if list != nil { one?.nameFault("a page has \"list\" or \"one\", not both; remove one of them") }
        if node.lacks("list", among: Self.keys) {
            for key in ["row", "where", "sort", "size"] {
                node.child(key)?.nameFault(
                    "\"\(key)\" belongs to the rows of a list; write \"list\", or remove \"\(key)\"")
            }
        }
        if let list { return self.list(list, node) }
        guard let one, let collection = collection(one), let route else { return .none }
        return self.one(collection, route, one)
    }

    private func collection(_ node: Node) -> KnownCollection? {
        guard let name = node.text(mustBe: "the name of a collection") else { return nil }
        return collections.find(name) { node.fault($0) }
    }

    private func list(_ list: Node, _ node: Node) -> DeclaredPage.Content {
        // Where the collection is not known, the rest is read for its own faults.
        let collection = collection(list) ?? KnownCollection(name: "", fields: [], isComplete: false, keyName: nil)
        var filters = PageFilterReader(collection)
        let filter = node.child("where").flatMap { filters.read($0) }
        let sort = node.child("sort").flatMap { Self.sort($0, collection) }
        let size = node.child("size")?.integer(in: 1...Self.maximumSize)
        return .list(
            collection: collection.name, filter: filter ?? PageFilter(constants: .all, parameters: []),
            sort: sort ?? RowSort(), size: size)
    }

    private static func sort(_ node: Node, _ collection: KnownCollection) -> RowSort? {
        guard let text = node.text(mustBe: "a field, or several separated by commas, as in \"-placed,customer\"") else {
            return nil
        }
        do throws(InvalidParameter) {
            let sort = try RowSort(text)
            for field in sort.fields { collection.check(field: field.name) { node.fault($0) } }
            return sort
        } catch {
            node.fault("the sort \(error.message)")
            return nil
        }
    }

    /// The key is the value of the name that the collection's key has, or of the route's only name.
    private func one(_ collection: KnownCollection, _ route: PageRoute, _ node: Node) -> DeclaredPage.Content {
        if let name = collection.keyName, route.names.contains(name) {
            return .one(collection: collection.name, keyName: name)
        }
        guard route.names.count == 1 else {
            let found = route.names.isEmpty ? "no name" : "the names \(route.names.joined(separator: ", "))"
            node.fault(
                "the route must have one name, which is the key of the row, as in /\(collection.name)/{key}; it has \(found)"
            )
            return .none
        }
        return .one(collection: collection.name, keyName: route.names[0])
    }
}

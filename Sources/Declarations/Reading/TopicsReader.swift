import JSON
import Schemas

/// Reads `topics`.
struct TopicsReader {
    private let sources: SourceFiles

    static let maximumTopics = 100
    static let maximumTypes = 100
    private static let closed = "closed"

    init(_ sources: SourceFiles) { self.sources = sources }

    func read(_ node: Node) -> TopicRules {
        var rules: [TopicRules.Rule] = []
        let topics = node.members(
            mustBe: "an object of topics such as \"orders/{order}\"", limit: Self.maximumTopics, of: "topics")
        for (text, node) in topics {
            guard let template = Self.template(text, node) else { continue }
            if let other = rules.first(where: { $0.template.overlaps(template) })?.template {
                node.nameFault(
                    "some topics match both \(template) and \(other); write one of them, or a different first level")
            }
            rules.append(rule(template, node))
        }
        return TopicRules(rules)
    }

    private static func template(_ text: String, _ node: Node) -> TopicTemplate? {
        guard let template = TopicTemplate(text) else {
            node.nameFault(
                "\"\(text.shortened)\" is not a topic; write levels as in orders/{order}, where {order} stands for one level"
            )
            return nil
        }
        if case .literal(let first) = template.levels[0] {
            let first = String(decoding: first, as: UTF8.self)
            if first == "collections" || first.hasPrefix("$") {
                node.nameFault(
                    "topics below \(first) belong to the server; choose another first level")
            }
        }
        return template
    }

    private func rule(_ template: TopicTemplate, _ node: Node) -> TopicRules.Rule {
        var rule = TopicRules.Rule(template: template)
        let types = node.members(
            mustBe: "an object of event types", limit: Self.maximumTypes, besides: Self.closed, of: "types")
        for (name, node) in types {
            if name == Self.closed {
                rule.isClosed = node.boolean()
            } else {
                if let problem = NameRule.problem(ofType: name) {
                    node.nameFault("the type \"\(name.shortened)\" \(problem); choose another name")
                }
                rule.types[name] = type(node)
                rule.typeNames.append(name)
            }
        }
        return rule
    }

    private func type(_ node: Node) -> TopicRules.TypeRule {
        var rule = TopicRules.TypeRule()
        guard node.keys(["schema", "commandOnly"], mustBe: "an object with the keys schema, commandOnly") else {
            return rule
        }
        rule.isCommandOnly = node.child("commandOnly")?.boolean() ?? false
        rule.schema = node.child("schema").flatMap(schema)
        return rule
    }

    /// A schema of a file, or inside `app.json`.
    private func schema(_ node: Node) -> Schema? {
        guard let path = node.value.string else {
            // The schema that exceeded the budget has the fault.
            guard !sources.schemaBudget.isExceeded else { return nil }
            do throws(SchemaFaults) {
                return try Schema(
                    node.value, file: "app.json", base: node.pointer, documents: sources.documents,
                    budget: sources.schemaBudget)
            } catch {
                node.faults.add(error)
                return nil
            }
        }
        if !sources.schemaPaths.contains(where: path.hasSameBytes) {
            let hint = Suggestion.text(
                for: path, among: sources.schemaPaths, list: "the schemas are",
                none: "write the schema to that file, which must be below schemas/ and end with .json")
            node.fault("there is no schema \"\(path.shortened)\"; \(hint)")
        }
        return sources.schemas[path]
    }
}

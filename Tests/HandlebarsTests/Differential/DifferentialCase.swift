import Handlebars
import JSON

/// A template with its data, partials and options.
struct DifferentialCase {
    var template: String
    var partials: [(name: String, text: String)]
    var data: Datum
    var variables: [Datum.Field]
    var options: Set<Option>
    var isHooked: Bool

    /// An option with the value that is not the default: `data` is false, the others are true.
    enum Option: String, CaseIterable {
        case strict, assumeObjects, compat, noEscape, preventIndent, ignoreStandalone, explicitPartialContext,
            knownHelpersOnly, data
    }

    /// Every third helper is known when the template is compiled.
    static let knownHelpers = Set(
        (DifferentialHelpers.names + DifferentialHelpers.blockNames).enumerated()
            .filter { $0.offset % 3 == 0 }.map(\.element))

    var json: JSONValue {
        var options = JSONObject(self.options.map { ($0.rawValue, .bool($0 != .data)) })
        if self.options.contains(.knownHelpersOnly) {
            options["knownHelpers"] = .object(JSONObject(Self.knownHelpers.map { ($0, .bool(true)) }))
        }
        return [
            "template": .string(template),
            "partials": .object(JSONObject(partials.map { ($0.name, .string($0.text)) })),
            "data": data.json, "variables": Datum.object(variables).json, "options": .object(options),
            "hooked": .bool(isHooked),
        ]
    }

    private var templateOptions: TemplateOptions {
        var options = TemplateOptions()
        options.strict = self.options.contains(.strict)
        options.assumeObjects = self.options.contains(.assumeObjects)
        options.compat = self.options.contains(.compat)
        options.noEscape = self.options.contains(.noEscape)
        options.preventIndent = self.options.contains(.preventIndent)
        options.ignoreStandalone = self.options.contains(.ignoreStandalone)
        options.explicitPartialContext = self.options.contains(.explicitPartialContext)
        options.knownHelpersOnly = self.options.contains(.knownHelpersOnly)
        options.data = !self.options.contains(.data)
        if options.knownHelpersOnly { options.knownHelpers = Self.knownHelpers }
        return options
    }

    func render() throws(TemplateError) -> String {
        var library = PartialLibrary()
        for partial in partials { library.add(partial.name, source: partial.text, options: templateOptions) }
        let output = try Template(template, name: "template", options: templateOptions).render(
            data.value, helpers: isHooked ? DifferentialHelpers.hooked : DifferentialHelpers.plain, partials: library,
            data: Dictionary(variables.map { ($0.key, $0.value.value) }) { $1 })
        return String(decoding: output, as: UTF8.self)
    }

    /// A difference between the two engines.
    struct Difference: CustomStringConvertible {
        enum Kind: Equatable {
            case bytes, oursFails
            /// With the beginning of the message, so that a smaller case shows the same failure.
            case theirsFails(Substring)
        }

        let kind: Kind
        let description: String
    }

    /// The difference between the engines; `nil` when they agree.
    func difference(from node: NodeHandlebars) throws -> Difference? {
        let theirs = try node.answer(json)
        do throws(TemplateError) {
            let ours = try render()
            switch theirs {
            case .output(ours): return nil
            case .output(let output):
                return Difference(
                    kind: .bytes, description: "ours: \(ours.debugDescription)\nnode: \(output.debugDescription)")
            case .error(let message):
                return Difference(
                    kind: .theirsFails(message.prefix { !"('\"".contains($0) }),
                    description: "ours: \(ours.debugDescription)\nnode fails: \(message)")
            }
        } catch {
            guard case .output(let output) = theirs else { return nil }
            return Difference(
                kind: .oursFails, description: "ours fails: \(error)\nnode: \(output.debugDescription)")
        }
    }
}

extension DifferentialCase: CustomStringConvertible {
    var description: String {
        """
        template: \(template.debugDescription)
        partials: \(partials.map { "\($0.name): \($0.text.debugDescription)" }.joined(separator: "\n          "))
        data: \(data.json.text)
        variables: \(Datum.object(variables).json.text)
        options: \(options.map(\.rawValue).sorted().joined(separator: " "))\(isHooked ? " with hooks" : "")
        """
    }
}

/// The helpers of peer.js, in Swift.
enum DifferentialHelpers {
    static let names = [
        "echo", "join", "safe", "list", "object", "nothing", "none", "yes", "no", "number", "kind", "count", "keys",
        "name",
        "me", "field", "datum", "fail",
    ]
    static let blockNames = ["block", "twice", "within", "frame", "params"]

    static let plain: HelperRegistry = [
        "echo": { $0[0] },
        "join": { .string(joined($0.arguments)) },
        "safe": { .safeString($0[0].text) },
        "list": { .array($0.arguments) },
        "object": { .object($0.hash) },
        "nothing": { _ in .undefined },
        "none": { _ in .null },
        "yes": { _ in true },
        "no": { _ in false },
        "number": { _ in 7 },
        "kind": { .string(kind($0[0])) },
        "count": { "\($0.arguments.count)/\($0.hash.count)" },
        "keys": { .string($0.hash.keys.joined(separator: " ")) },
        "name": { .string($0.name) },
        "me": { $0.context },
        "field": { call in
            switch call.context {
            case .object, .array: call.context["a"]
            default: .undefined
            }
        },
        "datum": { $0.data($0.arguments.isEmpty ? "index" : $0[0].text) },
        "fail": { _ in throw Failure() },
        "block": { "<\(try $0.fn())|\(try $0.inverse())>" },
        "twice": { .string(try $0.fn() + $0.fn()) },
        "within": { .string(try $0[0].isFalsy ? $0.inverse() : $0.fn($0[0])) },
        "frame": { call in
            .string(try call.fn(data: ["custom": call["custom"]], blockParameters: [call[0], "second"]))
        },
        "params": { "\($0.blockParameterCount)" },
    ]

    static let hooked = plain.merging([
        "helperMissing": { "missing \($0.name) \($0.arguments.count)" },
        "blockHelperMissing": { "section \($0.name) \(try $0.fn())\(try $0.inverse())" },
    ])

    private struct Failure: Error {}

    /// `String(value)` of each element, which differs from `join` for nested arrays.
    private static func joined(_ values: [Value]) -> String {
        values.map(\.text).joined(separator: ",")
    }

    private static func kind(_ value: Value) -> String {
        switch value {
        case .undefined: "undefined"
        case .null: "null"
        case .bool: "boolean"
        case .number: "number"
        case .string: "string"
        case .array: "array"
        case .safeString, .object: "object"
        case .function: "function"
        }
    }
}

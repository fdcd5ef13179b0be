import Handlebars
import JSON

/// A template with all that it is rendered with.
struct DifferentialCase {
    var template: String
    var partials: [(name: String, text: String)]
    var data: Datum
    var variables: [Datum.Field]
    var options: Set<Option>
    var isHooked: Bool

    /// An option that is not as it is by default: `data` is false, the others are true.
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

    /// What the two sides disagree about.
    struct Difference: CustomStringConvertible {
        enum Kind: Equatable {
            case bytes, oursFails
            /// With the beginning of the message, so that a smaller case shows the same failure.
            case theirsFails(Substring)
        }

        let kind: Kind
        let description: String
    }

    /// `nil` when they agree.
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

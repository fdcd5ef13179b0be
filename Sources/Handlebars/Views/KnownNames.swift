/// The helpers and partials there are, against which the names in templates are checked.
struct KnownNames: Sendable {
    /// `nil` when a hook answers for names that nothing has.
    private let helpers: Set<String>?
    var partials: Set<String>

    init(_ configuration: ViewEngine.Configuration) {
        let registry = configuration.allHelpers
        helpers =
            registry.missing == nil
            ? Set(registry.names).union(BuiltIn.names).union(configuration.options.knownHelpers) : nil
        partials = configuration.knownPartials
    }

    /// A name that nothing has, and where it is called.
    typealias Unknown = (position: Int, error: TemplateError)

    func unknownHelpers(in use: NameUse) -> [Unknown] {
        guard let helpers else { return [] }
        return use.helpers.filter { !helpers.contains($0.name) }.map { call in
            let hint = Suggestion.hint(forHelper: call.name, isRunTogether: call.isRunTogether, among: helpers.sorted())
            return (
                call.position,
                use.source.error(.missingHelper, "Missing helper: \"\(call.name)\"", hint: hint, at: call.position)
            )
        }
    }

    func unknownPartials(in use: NameUse) -> [Unknown] {
        use.partials.filter { !partials.contains($0.name) }.map { call in
            let hint = Suggestion.hint(for: call.name, among: partials.sorted())
            return (
                call.position,
                use.source.error(
                    .missingPartial, "The partial \(call.name) could not be found", hint: hint, at: call.position)
            )
        }
    }
}

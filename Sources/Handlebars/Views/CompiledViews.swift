import JSON

/// All templates of an engine, compiled together.
struct CompiledViews: Sendable {
    private let configuration: ViewEngine.Configuration
    private var views: [ExactText: Template] = [:]
    private var layouts: [ExactText: Template] = [:]
    private(set) var partials = PartialLibrary()
    /// The number of template files.
    private(set) var fileCount = 0
    /// All errors, in the order of the sources.
    private(set) var errors: [TemplateError] = []
    /// Whether every directory could be listed; otherwise missing templates are not reported.
    private var areListed = true

    init(_ files: TemplateFiles, _ configuration: ViewEngine.Configuration) {
        self.configuration = configuration
        var known = KnownNames(configuration)
        var listed: [TemplateDirectory.Kind: Listing] = [:]
        var templates: [Template] = []
        // A file that is in two of the directories counts once.
        var seen: Set<ExactText> = []
        for directory in configuration.directories {
            for name in names(in: directory, files) {
                // A broken file is listed too: no later source replaces it.
                let isUsed = listed[directory.kind, default: Listing()].add(
                    directory.prefix + name.text, from: directory.source)
                if directory.kind == .partial { known.partials.insert(ExactText(directory.prefix + name.text)) }
                guard isUsed else { continue }
                let path = files.path(directory, name)
                let isNew = seen.insert(ExactText(Self.identity(of: path, in: directory))).inserted
                if isNew { fileCount += 1 }
                do throws(TemplateError) {
                    let template = try Self.read(path, name, in: directory, files)
                    add(template, directory, name.text)
                    if isNew { templates.append(template) }
                } catch {
                    if isNew { errors.append(error) }
                }
            }
        }
        guard areListed else { return }
        for view in configuration.requiredViews { check(.view, view, listed) }
        if let layout = configuration.defaultLayout { check(.layout, layout, listed) }
        if configuration.checksNames { checkNames(in: templates, known, configuration.compileOptions) }
    }

    /// Equal for two paths to the same file.
    private static func identity(of path: String, in directory: TemplateDirectory) -> String {
        directory.files == nil ? FileSystem.canonicalPath(of: path) : "\(directory.source):\(path)"
    }

    private static func read(
        _ path: String, _ name: ViewName, in directory: TemplateDirectory, _ files: TemplateFiles
    ) throws(TemplateError) -> Template {
        guard let template = try files.find(directory, name) else {
            throw TemplateError(.file, "\(path) was removed while the templates were read", hint: "try again")
        }
        return template
    }

    /// The names of the templates of one kind, each with the first source that has it.
    private struct Listing {
        private(set) var sources: [ExactText: Int] = [:]

        /// Adds a file, and returns whether it is used: no earlier source has a file of the name.
        mutating func add(_ name: String, from source: Int) -> Bool {
            if let first = sources[name] { return first == source }
            sources[name] = source
            return true
        }
    }

    func template(_ kind: TemplateDirectory.Kind, _ name: ViewName) throws(TemplateError) -> Template {
        let templates = kind == .layout ? layouts : views
        guard let template = templates[name.text] else {
            throw TemplateError(
                missing: kind, name.text, in: configuration.directories(of: kind), among: templates.keys.map(\.text))
        }
        return template
    }

    private mutating func names(in directory: TemplateDirectory, _ files: TemplateFiles) -> [ViewName] {
        do {
            return try files.names(in: directory).compactMap { name in
                do throws(TemplateError) {
                    return try ViewName(name, extension: "")
                } catch {
                    errors.append(error)
                    return nil
                }
            }
        } catch {
            areListed = false
            errors.append(error)
            return []
        }
    }

    private mutating func add(_ template: Template, _ directory: TemplateDirectory, _ name: String) {
        switch directory.kind {
        case .view: views[name] = template
        case .layout: layouts[name] = template
        case .partial: partials[directory.prefix + name] = template
        }
    }

    /// Checks that a template of a name is in one of the sources.
    private mutating func check(
        _ kind: TemplateDirectory.Kind, _ name: String, _ listed: [TemplateDirectory.Kind: Listing]
    ) {
        let (directories, names) = (configuration.directories(of: kind), listed[kind]?.sources ?? [:])
        do throws(TemplateError) {
            let fileExtension = configuration.dottedExtension
            let name = try ViewName(name, extension: fileExtension).text
            guard names[name] == nil else { return }
            throw TemplateError(
                missing: kind, name, in: directories, among: names.keys.map(\.text),
                otherwise: directories.first.map { "create \($0.path(of: name + fileExtension))" })
        } catch {
            errors.append(error)
        }
    }

    private func cycles(inlines: Set<ExactText>, _ options: TemplateOptions) -> [TemplateError] {
        var uses: [ExactText: NameReferences] = [:]
        for name in partials.names {
            uses[name] = partials[name].flatMap { try? NameReferences(in: $0.source, options: options) }
        }
        return PartialCycles(uses, inlines: inlines).errors
    }

    private mutating func checkNames(in templates: [Template], _ known: KnownNames, _ options: TemplateOptions) {
        // All templates have been parsed before, so parsing does not fail.
        let uses = templates.compactMap { try? NameReferences(in: $0.source, options: options) }
        var known = known
        for use in uses { known.partials.formUnion(use.inlines) }
        let areInlineNamesKnown = !uses.contains(where: \.hasDynamicInline)
        for use in uses {
            var unknown = known.unknownHelpers(in: use)
            if areInlineNamesKnown { unknown += known.unknownPartials(in: use) }
            errors += unknown.sorted { $0.position < $1.position }.map(\.error)
        }
        if areInlineNamesKnown { errors += cycles(inlines: Set(uses.flatMap(\.inlines)), options) }
    }
}

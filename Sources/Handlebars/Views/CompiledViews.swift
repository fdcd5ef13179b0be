/// All the templates of an engine, compiled together.
struct CompiledViews: Sendable {
    private let fileExtension: String
    private var views: [String: Template] = [:]
    private var layouts: [String: Template] = [:]
    private(set) var partials = PartialLibrary()
    /// How many files there are.
    private(set) var fileCount = 0
    /// Everything that is wrong, not only the first thing.
    private(set) var errors: [TemplateError] = []
    /// Whether every folder could be listed: otherwise what is not there is no mistake of its own.
    private var areListed = true

    init(_ files: TemplateFiles, _ configuration: ViewEngine.Configuration) {
        fileExtension = configuration.dottedExtension
        var known = KnownNames(configuration)
        var listed: [TemplateFolder.Kind: [String]] = [:]
        var templates: [Template] = []
        // A file may be in two of the folders, and counts once.
        var seen: Set<String> = []
        for folder in [configuration.viewsFolder, configuration.layoutsFolder] + configuration.partialsFolders {
            for name in names(in: folder, files) {
                let path = files.path(folder, name)
                let isNew = seen.insert(FileSystem.place(of: path)).inserted
                if isNew { fileCount += 1 }
                // A broken file is there all the same.
                listed[folder.kind, default: []].append(name.text)
                if folder.kind == .partial { known.partials.insert(folder.prefix + name.text) }
                do {
                    let template = try files.template(folder, name)
                    add(template, folder, name.text)
                    if isNew { templates.append(template) }
                } catch {
                    if isNew { errors.append(error) }
                }
            }
        }
        guard areListed else { return }
        for view in configuration.requiredViews { check(view, is: configuration.viewsFolder, listed[.view] ?? []) }
        if let layout = configuration.defaultLayout {
            check(layout, is: configuration.layoutsFolder, listed[.layout] ?? [])
        }
        if configuration.checksNames { checkNames(in: templates, known, configuration.compileOptions) }
    }

    func template(_ kind: TemplateFolder.Kind, _ name: ViewName) throws(TemplateError) -> Template {
        let templates = kind == .layout ? layouts : views
        guard let template = templates[name.text] else { throw missing(kind, name.text, among: templates.keys) }
        return template
    }

    private mutating func names(in folder: TemplateFolder, _ files: TemplateFiles) -> [ViewName] {
        do {
            return try files.names(in: folder).compactMap { name in
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

    private mutating func add(_ template: Template, _ folder: TemplateFolder, _ name: String) {
        switch folder.kind {
        case .view: views[name] = template
        case .layout: layouts[name] = template
        case .partial: partials[folder.prefix + name] = template
        }
    }

    /// Whether a template is among those of a folder.
    private mutating func check(_ name: String, is folder: TemplateFolder, _ names: [String]) {
        do throws(TemplateError) {
            let name = try ViewName(name, extension: fileExtension).text
            guard !names.contains(name) else { return }
            let hint = Suggestion.hint(for: name, among: names) ?? "write \(folder.path)/\(name)\(fileExtension)"
            throw TemplateError(.file, "there is no \(folder.kind.rawValue) \"\(name)\" in \(folder.path)", hint: hint)
        } catch {
            errors.append(error)
        }
    }

    private mutating func checkNames(in templates: [Template], _ known: KnownNames, _ options: TemplateOptions) {
        // Each of them has been parsed before.
        let uses = templates.compactMap { try? NameUse(in: $0.source, options: options) }
        var known = known
        for use in uses { known.partials.formUnion(use.inlines) }
        let areInlinesForeseeable = !uses.contains(where: \.hasUnforeseeableInline)
        for use in uses {
            var unknown = known.unknownHelpers(in: use)
            if areInlinesForeseeable { unknown += known.unknownPartials(in: use) }
            errors += unknown.sorted { $0.position < $1.position }.map(\.error)
        }
    }

    private func missing(
        _ kind: TemplateFolder.Kind, _ name: String, among names: some Sequence<String>
    ) -> TemplateError {
        TemplateError(.file, "there is no \(kind.rawValue) \"\(name)\"", hint: Suggestion.hint(for: name, among: names))
    }
}

/// All the templates of a views folder, compiled together.
struct CompiledViews: Sendable {
    private var views: [String: Template] = [:]
    private var layouts: [String: Template] = [:]
    private(set) var partials = PartialLibrary()

    /// - Throws: everything that is wrong, not only the first thing.
    init(_ files: TemplateFiles, _ configuration: ViewEngine.Configuration) throws(ViewErrors) {
        var errors: [TemplateError] = []
        for folder in TemplateFolder.allCases {
            do {
                for name in try files.names(in: folder) {
                    do {
                        let template = try files.template(folder, ViewName(name, extension: configuration.fileExtension))
                        add(template, folder, name)
                    } catch {
                        errors.append(error)
                    }
                }
            } catch {
                errors.append(error)
            }
        }
        if errors.isEmpty, let layout = configuration.defaultLayout {
            do {
                _ = try template(.layouts, ViewName(layout, extension: configuration.fileExtension))
            } catch {
                errors.append(error)
            }
        }
        guard errors.isEmpty else { throw ViewErrors(errors) }
    }

    private mutating func add(_ template: Template, _ folder: TemplateFolder, _ name: String) {
        switch folder {
        case .views: views[name] = template
        case .layouts: layouts[name] = template
        case .partials: partials[name] = template
        }
    }

    func template(_ folder: TemplateFolder, _ name: ViewName) throws(TemplateError) -> Template {
        let templates = folder == .layouts ? layouts : views
        guard let template = templates[name.text] else {
            throw TemplateError(
                .file, "there is no \(folder.noun) \"\(name.text)\"",
                hint: Suggestion.hint(for: name.text, among: templates.keys))
        }
        return template
    }
}

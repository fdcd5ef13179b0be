/// A folder with templates in it.
struct TemplateFolder: Sendable {
    /// What its templates are for; the raw value is how an error calls one.
    enum Kind: String, Sendable { case view, layout, partial }

    let kind: Kind
    let path: String
    /// Whether it need not be there.
    let isOptional: Bool
    /// What the names of its templates begin with: nothing, or something with a `/` at its end.
    var prefix = ""
}

extension ViewEngine.Configuration {
    /// The folder of the views. What lies in the folders of layouts and partials below it are views as well:
    /// a page may be a partial alone.
    var viewsFolder: TemplateFolder { TemplateFolder(kind: .view, path: views, isOptional: false) }

    var layoutsFolder: TemplateFolder {
        TemplateFolder(kind: .layout, path: layouts ?? views + "/layouts", isOptional: layouts == nil)
    }

    /// The later ones win.
    var partialsFolders: [TemplateFolder] {
        guard let partials else { return [TemplateFolder(kind: .partial, path: views + "/partials", isOptional: true)] }
        return partials.map { folder in
            let namespace = folder.namespace ?? ""
            return TemplateFolder(
                kind: .partial, path: folder.path, isOptional: false,
                prefix: namespace.isEmpty || namespace.hasSuffix("/") ? namespace : namespace + "/")
        }
    }
}

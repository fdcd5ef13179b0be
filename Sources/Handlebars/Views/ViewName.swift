/// The name of a view, layout or partial: parts with `/` between them, which never lead out of their folder.
struct ViewName: Hashable {
    /// Without the extension.
    let text: String

    init(_ name: String, extension fileExtension: String) throws(TemplateError) {
        let isSafe =
            !name.isEmpty && name.utf8.count <= Self.maximumLength
            && !name.utf8.contains { $0 == 0 || $0 == UInt8(ascii: "\\") }
            && name.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { !["", ".", ".."].contains($0) }
        guard isSafe else {
            throw TemplateError(
                .file, "\"\(name.prefix(Self.maximumLength))\" cannot be the name of a view",
                hint: "name it by its path below the folder, like \"admin/users\"")
        }
        text = name.hasSuffix(fileExtension) ? String(name.dropLast(fileExtension.count)) : name
    }

    private static let maximumLength = 255
}

/// The name of a view, layout or partial: parts with `/` between them, which never lead out of their folder.
struct ViewName: Hashable {
    /// Without the extension.
    let text: String

    /// Takes the name as it is: nothing in it is decoded.
    ///
    /// The extension may be there or not; a file that is listed comes without, and with "" nothing is taken off.
    ///
    /// A part that begins with a dot is refused: `..` is one, and hidden files are no templates (an editor's
    /// lock file is named like the template it locks).
    init(_ name: String, extension fileExtension: String) throws(TemplateError) {
        let text = name.hasSuffix(fileExtension) ? String(name.dropLast(fileExtension.count)) : name
        let isSafe =
            name.utf8.count <= Self.maximumLength
            && !name.utf8.contains { $0 == 0 || $0 == UInt8(ascii: "\\") }
            && text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
                .allSatisfy { !$0.isEmpty && $0.first != UInt8(ascii: ".") }
        guard isSafe else {
            throw TemplateError(
                .file, "\"\(name.prefix(Self.maximumLength))\" cannot be the name of a view",
                hint: "name it by its path below the folder, like \"admin/users\"")
        }
        self.text = text
    }

    private static let maximumLength = 255
}

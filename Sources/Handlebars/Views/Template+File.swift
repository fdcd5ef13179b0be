extension Template {
    /// Compiles the template in a file; errors call it by the path.
    ///
    /// - Parameter isTrimmed: whether white space at both ends is left out, as a `ViewEngine` does; the places in
    ///   errors are those in the file all the same.
    /// - Throws: `.file` when it cannot be read or is not UTF-8, `.limit` when it has more than
    ///   `options.maximumSourceBytes`, otherwise what `init(_:name:options:)` throws.
    public init(
        file path: String, options: TemplateOptions = TemplateOptions(), isTrimmed: Bool = false
    ) throws(TemplateError) {
        let (bytes, _) = try FileSystem.read(path, maximumBytes: options.maximumSourceBytes)
        try self.init(readFrom: path, bytes, options: options, isTrimmed: isTrimmed)
    }

    /// Compiles what was read from a file, or from where else templates come from outside.
    package init(
        readFrom path: String, _ bytes: [UInt8], options: TemplateOptions, isTrimmed: Bool
    ) throws(TemplateError) {
        guard String(validating: bytes, as: UTF8.self) != nil else {
            throw TemplateError(.file, "\(path) is not UTF-8", hint: "save it as UTF-8")
        }
        let source = isTrimmed ? Source(name: path, trimming: bytes) : Source(name: path, bytes: bytes)
        try self.init(source, options: options)
    }
}

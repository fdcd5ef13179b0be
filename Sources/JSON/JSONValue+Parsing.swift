extension JSONValue {
    /// The deepest nesting that any caller may ask for: parsing and every later walk through
    /// the value go one call deeper for each level, and a thread's stack is small.
    public static let deepestMaximumDepth = 512

    /// Parses one JSON text, RFC 8259, strictly: UTF-8 is checked, a byte order mark and lone
    /// surrogates are refused, and only whitespace may stand around the value.
    ///
    /// Of a repeated key the last value wins, at the place of the first. The
    /// size of the text is the caller's to bound.
    ///
    /// - Parameter maximumDepth: how deep arrays and objects may nest, 0…`deepestMaximumDepth`.
    /// - Throws: what is wrong, and where.
    public init(parsing bytes: UnsafeRawBufferPointer, maximumDepth: Int = 64) throws(JSONError) {
        precondition((0...Self.deepestMaximumDepth).contains(maximumDepth), "maximumDepth is out of range")
        var parser = JSONParser(bytes, maximumDepth: maximumDepth)
        do throws(JSONFailure) {
            self = try parser.parseText()
        } catch {
            throw JSONError(error, in: bytes)
        }
    }

    /// Parses one JSON text; see `init(parsing:maximumDepth:)` for bytes.
    public init(parsing bytes: RawSpan, maximumDepth: Int = 64) throws(JSONError) {
        self = try bytes.withUnsafeBytes { (bytes) throws(JSONError) in
            try JSONValue(parsing: bytes, maximumDepth: maximumDepth)
        }
    }

    /// Parses one JSON text; see `init(parsing:maximumDepth:)` for bytes.
    public init(parsing bytes: [UInt8], maximumDepth: Int = 64) throws(JSONError) {
        try self.init(parsing: bytes.span.bytes, maximumDepth: maximumDepth)
    }

    /// Parses one JSON text; see `init(parsing:maximumDepth:)` for bytes.
    public init(parsing text: String, maximumDepth: Int = 64) throws(JSONError) {
        try self.init(parsing: text.utf8.span.bytes, maximumDepth: maximumDepth)
    }
}

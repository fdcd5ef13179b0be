/// Work on JSON as text, without a tree of values.
public enum JSONText {
    /// Checks a JSON text as `JSONValue(parsing:)` does, and returns it without insignificant
    /// whitespace.
    ///
    /// Nothing else changes: escapes, numbers and repeated keys stay as they
    /// were written. A text without such whitespace is returned as it came,
    /// without a copy.
    ///
    /// - Parameter maximumDepth: how deep arrays and objects may nest,
    ///   0…`JSONValue.deepestMaximumDepth`.
    /// - Throws: what is wrong, and where.
    public static func minified(_ bytes: [UInt8], maximumDepth: Int = 64) throws(JSONError) -> [UInt8] {
        precondition(
            (0...JSONValue.deepestMaximumDepth).contains(maximumDepth), "maximumDepth is out of range")
        let shorter = try bytes.span.bytes.withUnsafeBytes { (bytes) throws(JSONError) in
            var minifier = JSONMinifier(bytes, maximumDepth: maximumDepth)
            do throws(JSONFailure) {
                return try minifier.minify()
            } catch {
                throw JSONError(error, in: bytes)
            }
        }
        return shorter ?? bytes
    }
}

/// The browser's client that a server offers below its path.
public struct ClientScript: Sendable {
    enum Source: Sendable {
        case own
        case bundle([UInt8])
        case none
    }

    /// The most bytes of a bundle.
    public static let maximumBytes = 4 << 20

    let source: Source

    /// This library's own client: `socket.io.js` and, as a module, `socket.io.esm.js`, both also as `.min.js`.
    public static let own = Self(source: .own)

    /// No client: the server answers 404, or leaves it to the router.
    public static let none = Self(source: .none)

    /// A bundle from a file, which is read now: `socket.io.js` and `socket.io.min.js`.
    ///
    /// - Throws: ``ClientScriptError`` when the file cannot be read, is empty, is not UTF-8 or has more than ``maximumBytes``.
    public static func file(_ path: String) throws(ClientScriptError) -> Self {
        Self(source: .bundle(try ScriptFile.read(path)))
    }
}

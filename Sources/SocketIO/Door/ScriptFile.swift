#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Reads a bounded file.
enum ScriptFile {
    static func read(_ path: String) throws(ClientScriptError) -> [UInt8] {
        guard let file = fopen(path, "rb") else {
            throw ClientScriptError(path: path, detail: "cannot be opened: \(reason)")
        }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        while bytes.count <= ClientScript.maximumBytes {
            let piece = [UInt8](unsafeUninitializedCapacity: 64 << 10) { room, count in
                count = fread(room.baseAddress, 1, room.count, file)
            }
            guard !piece.isEmpty else { break }
            bytes += piece
        }
        guard ferror(file) == 0 else { throw ClientScriptError(path: path, detail: "cannot be read: \(reason)") }
        guard !bytes.isEmpty else { throw ClientScriptError(path: path, detail: "is empty") }
        guard bytes.count <= ClientScript.maximumBytes else {
            throw ClientScriptError(path: path, detail: "has more than \(ClientScript.maximumBytes) bytes")
        }
        guard String(validating: bytes, as: UTF8.self) != nil else {
            throw ClientScriptError(path: path, detail: "is not text in UTF-8")
        }
        return bytes
    }

    private static var reason: String { String(cString: strerror(errno)) }
}

import JSON

/// A place of a schema.
struct SchemaLocation: Hashable, Sendable {
    let file: String
    /// From the root of the file.
    let pointer: JSONPointer

    static func == (left: SchemaLocation, right: SchemaLocation) -> Bool {
        left.file.hasSameBytes(as: right.file) && left.pointer == right.pointer
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(ExactText(file))
        hasher.combine(pointer)
    }

    func appending(_ steps: [String]) -> SchemaLocation {
        SchemaLocation(file: file, pointer: JSONPointer(pointer.steps + steps))
    }
}

/// The files that references may name.
struct SchemaDocuments: Sendable {
    private let root: JSONValue
    private let rootLocation: SchemaLocation
    private let others: [ExactText: JSONValue]

    /// - Parameters:
    ///   - root: the schema that is compiled.
    ///   - base: where the schema begins in its file.
    init(root: JSONValue, file: String, base: JSONPointer, others: [ExactText: JSONValue]) {
        (self.root, self.others) = (root, others)
        rootLocation = SchemaLocation(file: file, pointer: base)
    }

    /// The schema that is compiled.
    var start: (location: SchemaLocation, value: JSONValue) { (rootLocation, root) }

    /// The schema that a reference in a file leads to.
    func target(
        of text: String, in file: String
    ) throws(KeywordFault) -> (location: SchemaLocation, value: JSONValue) {
        let parts = text.utf8.split(separator: UInt8(ascii: "#"), maxSplits: 1, omittingEmptySubsequences: false)
        let path = String(parts[0]) ?? ""
        let pointer = try Self.pointer(in: parts.count > 1 ? String(parts[1]) ?? "" : "")
        let targetFile = path.isEmpty ? file : try self.file(path, from: file)
        if targetFile.hasSameBytes(as: rootLocation.file) {
            guard path.isEmpty || rootLocation.pointer.steps.isEmpty else {
                throw KeywordFault(
                    message:
                        "\(targetFile.shortened) is not a file of schemas; write the schema to a file and name that")
            }
            let location = rootLocation.appending(pointer.steps)
            let start =
                rootLocation.pointer.steps.isEmpty
                ? targetFile.shortened
                : "the reference begins at the schema in \(targetFile.shortened), not at the root of the file, and the schema"
            return (location, try Self.value(at: pointer, of: root, start, text))
        }
        guard let document = others[targetFile] else {
            throw KeywordFault(message: missing(targetFile))
        }
        let location = SchemaLocation(file: targetFile, pointer: pointer)
        return (location, try Self.value(at: pointer, of: document, targetFile.shortened, text))
    }

    /// - Parameter start: where the pointer begins, as the beginning of a sentence for the error.
    private static func value(
        at pointer: JSONPointer, of document: JSONValue, _ start: String, _ text: String
    ) throws(KeywordFault) -> JSONValue {
        guard let value = document[pointer] else {
            throw KeywordFault(
                message: "'\(text.shortened)' leads nowhere: \(start) has no value at \(pointer.description.shortened)")
        }
        return value
    }

    private static func pointer(in fragment: String) throws(KeywordFault) -> JSONPointer {
        guard let text = fragment.percentDecoded, let pointer = JSONPointer(text) else {
            throw KeywordFault(
                message: "the part '#\(fragment.shortened)' is not a JSON pointer; write #/$defs/name")
        }
        return pointer
    }

    /// The path of a file relative to the folder, from a path relative to another file.
    private func file(_ path: String, from other: String) throws(KeywordFault) -> String {
        guard let decoded = path.percentDecoded, !decoded.hasPrefix("/"), !decoded.contains(":") else {
            throw KeywordFault(
                message: "'\(path.shortened)' is not a path relative to this file; schemas are not read from elsewhere")
        }
        var levels = other.split(separator: "/").dropLast()
        for level in decoded.split(separator: "/") {
            switch level {
            case ".": break
            case "..":
                guard levels.popLast() != nil else {
                    throw KeywordFault(message: "'\(path.shortened)' leads out of the folder of the application")
                }
            default: levels.append(level)
            }
        }
        return levels.joined(separator: "/")
    }

    private func missing(_ file: String) -> String {
        let start = "there is no file \(file.shortened)"
        guard let intended = Suggestion.nearest(to: file, among: others.keys.sorted().map(\.text)) else {
            return start + "; the path is relative to the file of the reference"
        }
        return start + "; did you mean \(intended)?"
    }
}

extension String {
    /// The text with `%HH` replaced by the byte; nil when a `%` is followed by anything else or the bytes are not
    /// UTF-8.
    fileprivate var percentDecoded: String? {
        guard utf8.contains(UInt8(ascii: "%")) else { return self }
        var output: [UInt8] = []
        var rest = Array(utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                output.append(byte)
                continue
            }
            let digits = rest.prefix(2).compactMap { Character(Unicode.Scalar($0)).hexDigitValue }
            guard digits.count == 2 else { return nil }
            output.append(UInt8(digits[0] << 4 | digits[1]))
            rest = rest.dropFirst(2)
        }
        return String(validating: output, as: UTF8.self)
    }
}

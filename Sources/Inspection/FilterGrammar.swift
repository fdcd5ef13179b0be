package import EventLog

/// Reads the parts of a filter as all interfaces write them, and says what is wrong with one.
///
/// Each function takes the name of the parameter for its error, and the values after ``CommaList`` has split them.
package enum FilterGrammar {
    /// Topics and patterns: `auctions/42`, `auctions/*` (one level), `auctions/**` (the rest).
    package static func topics(_ values: [String], field: String) throws(InvalidParameter) -> [TopicPattern] {
        try checkCount(values, field)
        return try values.map { text throws(InvalidParameter) in
            guard let pattern = TopicPattern(text) else {
                throw InvalidParameter(
                    field, text, "is not a topic or pattern",
                    "write levels as in auctions/42, * for one level, ** for the rest at the end; \(CommaList.hint)")
            }
            return pattern
        }
    }

    /// Types in full; only topics can be patterns.
    package static func types(_ values: [String], field: String) throws(InvalidParameter) -> [String] {
        try checkCount(values, field)
        for text in values {
            if let problem = EventLimits.problem(ofWantedType: text) { throw InvalidParameter(field, text, problem) }
        }
        return values
    }

    /// Exact sources.
    package static func sources(_ values: [String], field: String) throws(InvalidParameter) -> [String] {
        try checkCount(values, field)
        return values
    }

    /// Exact ids. They are not split at commas.
    package static func ids(_ values: [String], field: String) throws(InvalidParameter) -> [String] {
        try checkCount(values, field)
        for id in values where !(1...EventLimits.id).contains(id.utf8.count) {
            throw InvalidParameter(field, id, "is not an id", "an id has 1 to \(EventLimits.id) bytes")
        }
        return values
    }

    /// Texts that must all be in the data of an event. They are not split at commas.
    ///
    /// - Parameter maximumBytes: the most bytes of one text.
    package static func texts(
        _ values: [String], field: String, ignoresCase: Bool, maximumBytes: Int = .max
    ) throws(InvalidParameter) -> [TextSearch] {
        try checkCount(values, field)
        for text in values {
            if text.isEmpty {
                throw InvalidParameter(field, text, "matches every event", "give it a text to search for")
            }
            if text.utf8.count > maximumBytes {
                throw InvalidParameter(
                    field, nil, "is \(text.utf8.count) bytes long", "the limit is \(maximumBytes)")
            }
        }
        return values.map { TextSearch($0, ignoresCase: ignoresCase) }
    }

    /// One offset.
    package static func offset(_ text: String, field: String) throws(InvalidParameter) -> Offset {
        guard !text.isEmpty, let offset = Offset(text) else {
            throw InvalidParameter(field, text, "is not an offset", "an offset is a whole number: 0, 1, 2 …")
        }
        return offset
    }

    /// Throws when a filter cannot have as many values.
    package static func checkCount(_ values: some Collection, _ field: String) throws(InvalidParameter) {
        guard values.count > EventFilter.maximumCount else { return }
        throw InvalidParameter(field, nil, "has \(values.count) values", "the limit is \(EventFilter.maximumCount)")
    }
}

/// A list of names in one text: `products,chat`.
///
/// A comma that belongs to a name is written `\,`, and a backslash before a comma or a backslash is written `\\`. Any
/// other backslash stands for itself. So `a\,b,c` has the two names `a,b` and `c`.
package enum CommaList {
    /// How to write a name with a comma, for messages.
    package static let hint = #"a comma in a name is written \,"#

    /// The names in `text`, without empty ones.
    package static func names(in text: String) -> [String] {
        var names: [String] = []
        var name: [UInt8] = []
        var isEscaped = false
        func end() {
            if !name.isEmpty { names.append(String(decoding: name, as: UTF8.self)) }
            name = []
        }
        for byte in text.utf8 {
            switch (byte, isEscaped) {
            case (UInt8(ascii: "\\"), false): isEscaped = true
            case (UInt8(ascii: ","), false): end()
            case (UInt8(ascii: "\\"), true), (UInt8(ascii: ","), true):
                name.append(byte)
                isEscaped = false
            default:
                if isEscaped { name.append(UInt8(ascii: "\\")) }
                name.append(byte)
                isEscaped = false
            }
        }
        if isEscaped { name.append(UInt8(ascii: "\\")) }
        end()
        return names
    }

    /// The names in each of `texts`.
    package static func names(in texts: [String]) -> [String] { texts.flatMap { names(in: $0) } }

    /// The text that `names(in:)` reads as `names`.
    package static func text(of names: [String]) -> String { names.map(escaped).joined(separator: ",") }

    private static func escaped(_ name: String) -> String {
        var output: [UInt8] = []
        let bytes = Array(name.utf8)
        for (index, byte) in bytes.enumerated() {
            let next = bytes.indices.contains(index + 1) ? bytes[index + 1] : UInt8(ascii: ",")
            let isSpecialBackslash =
                byte == UInt8(ascii: "\\") && [UInt8(ascii: "\\"), UInt8(ascii: ",")].contains(next)
            if byte == UInt8(ascii: ",") || isSpecialBackslash { output.append(UInt8(ascii: "\\")) }
            output.append(byte)
        }
        return String(decoding: output, as: UTF8.self)
    }
}

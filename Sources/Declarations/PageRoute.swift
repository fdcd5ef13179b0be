/// The route of a page: `/orders/{order}`.
package struct PageRoute: Sendable {
    /// A part of a route between two slashes.
    package enum Level: Hashable, Sendable {
        case literal(String)
        /// A name in braces, which stands for any text.
        case name(String)
    }

    /// The longest route, in bytes.
    static let maximumBytes = 255

    /// The route as `app.json` has it.
    package let text: String
    /// Empty for the route `/`.
    package let levels: [Level]

    /// Reads a route.
    ///
    /// - Returns: nil for a text that does not begin with a slash or is too long, for a level that is empty, `.` or `..`,
    ///   for a level with other characters than letters, digits and `-._~` (RFC 3986, section 2.3), and for a name that
    ///   occurs twice.
    init?(_ text: String) {
        guard text.hasPrefix("/"), text.utf8.count <= Self.maximumBytes else { return nil }
        self.text = text
        var levels: [Level] = []
        if text != "/" {
            for part in text.dropFirst().split(separator: "/", omittingEmptySubsequences: false) {
                guard let level = Level(part), !level.isName || !levels.contains(level) else { return nil }
                levels.append(level)
            }
        }
        self.levels = levels
    }

    /// The names in braces, in their order.
    package var names: [String] {
        levels.compactMap { if case .name(let name) = $0 { name } else { nil } }
    }

    /// Whether some address matches both routes.
    func overlaps(_ other: PageRoute) -> Bool {
        levels.count == other.levels.count
            && zip(levels, other.levels).allSatisfy { $0.isName || $1.isName || $0 == $1 }
    }
}

extension PageRoute.Level {
    package var isName: Bool {
        if case .name = self { true } else { false }
    }

    fileprivate init?(_ text: Substring) {
        if let name = NameRule.textInBraces(text) {
            guard NameRule.isName(name) else { return nil }
            self = .name(name)
        } else {
            guard !text.isEmpty, text != ".", text != "..", text.utf8.allSatisfy(Self.needsNoEscape) else { return nil }
            self = .literal(String(text))
        }
    }

    /// Whether a byte is an unreserved character of RFC 3986, section 2.3.
    private static func needsNoEscape(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "-._~".utf8.contains(byte)
        }
    }
}

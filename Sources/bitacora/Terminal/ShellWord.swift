import Inspection

/// A word of a command line that people copy into a POSIX shell.
enum ShellWord {
    /// Quotes a word so that a shell reads the same word. A terminal interprets no character of the result but line breaks.
    ///
    /// | characters of the word | written as |
    /// |---|---|
    /// | only letters, digits and `/._-+@:` | themselves |
    /// | others, also line breaks | in single quotes, and `'` as `'\''` |
    /// | those that a terminal interprets | `"$(printf '\033')"`, their bytes in octal |
    static func quoted(_ word: String) -> String {
        guard !isPlain(word) else { return word }
        var output = ""
        var rest = word.unicodeScalars[...]
        repeat {
            let shown = rest.prefix { !isInterpreted($0) }
            rest = rest.dropFirst(shown.count)
            let hidden = rest.prefix { isInterpreted($0) }
            rest = rest.dropFirst(hidden.count)
            if !shown.isEmpty || word.isEmpty { output += "'" + String(shown).replacing("'", with: #"'\''"#) + "'" }
            if !hidden.isEmpty { output += "\"$(printf '\(octal(String(hidden)))')\"" }
        } while !rest.isEmpty
        return output
    }

    /// Quotes the path of a file or folder, which a command then does not read as an option.
    static func quoted(path: String) -> String { quoted(path.hasPrefix("-") ? "./" + path : path) }

    private static func isPlain(_ word: String) -> Bool {
        !word.isEmpty
            && word.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
                default: "/._-+@:".utf8.contains(byte)
                }
            }
    }

    /// A line break cannot be written with `printf`: a shell drops those at the end of what a command prints.
    private static func isInterpreted(_ scalar: Unicode.Scalar) -> Bool {
        scalar != "\n" && ShownText.escaped(String(scalar)) != String(scalar)
    }

    private static func octal(_ text: String) -> String {
        text.utf8.map { byte in
            let digits = String(byte, radix: 8)
            return "\\" + String(repeating: "0", count: 3 - digits.utf8.count) + digits
        }.joined()
    }
}

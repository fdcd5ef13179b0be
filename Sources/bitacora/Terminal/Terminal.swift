import Glibc

/// What an output can show.
struct Terminal {
    /// Columns to fit into; nil when it is not a terminal, which takes lines of any length.
    let width: Int?
    let hasColours: Bool
    private let descriptor: Int32

    static var standardOutput: Terminal { Terminal(descriptor: STDOUT_FILENO) }
    static var standardError: Terminal { Terminal(descriptor: STDERR_FILENO) }

    /// One that is not there, for text of the given width.
    init(width: Int?, hasColours: Bool = false) {
        self.width = width
        self.hasColours = hasColours
        descriptor = -1
    }

    private init(descriptor: Int32) {
        self.descriptor = descriptor
        guard isatty(descriptor) == 1 else {
            width = nil
            hasColours = false
            return
        }
        width = Self.columns(of: descriptor)
        // https://no-color.org: set to anything but nothing.
        hasColours = (Self.variable("NO_COLOR") ?? "").isEmpty && Self.variable("TERM") != "dumb"
    }

    var isTerminal: Bool { width != nil }

    /// Writes at once, past any buffer; for notes on standard error, whose loss is nobody's error.
    func write(_ text: String) {
        var text = text
        text.withUTF8 { bytes in
            var rest = UnsafeRawBufferPointer(bytes)
            while !rest.isEmpty {
                let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return }
                rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            }
        }
    }

    private static func columns(of descriptor: Int32) -> Int {
        if let columns = variable("COLUMNS").flatMap(Int.init), columns > 0 { return columns }
        var size = winsize()
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 100 }
        return Int(size.ws_col)
    }

    private static func variable(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }
    }
}

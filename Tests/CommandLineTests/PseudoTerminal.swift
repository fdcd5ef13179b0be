import Glibc

/// A terminal that a test looks at.
final class PseudoTerminal {
    private let master: Int32
    let slave: Int32

    init(width: UInt16) throws {
        var ends: (master: Int32, slave: Int32) = (-1, -1)
        var size = winsize(ws_row: 25, ws_col: width, ws_xpixel: 0, ws_ypixel: 0)
        guard openpty(&ends.master, &ends.slave, nil, nil, &size) == 0 else { throw SystemError(call: "openpty") }
        (master, slave) = ends
        for end in [ends.master, ends.slave] { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    }

    deinit {
        close(slave)
        close(master)
    }

    /// Types what a program that reads from the terminal gets, also one that is started later.
    func type(_ text: String) {
        let bytes = Array(text.utf8)
        precondition(write(master, bytes, bytes.count) == bytes.count, "a line fits")
    }

    /// What was written so far; at most a few thousand bytes fit.
    func written() -> String {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        var polled = pollfd(fd: master, events: Int16(POLLIN), revents: 0)
        while poll(&polled, 1, 0) == 1, polled.revents & Int16(POLLIN) != 0 {
            let count = read(master, &chunk, chunk.count)
            guard count > 0 else { break }
            bytes += chunk[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

import Glibc

/// What this process used.
enum ProcessUsage {
    /// The processor time of all threads.
    static var time: Duration {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }

    /// The processor time that `body` takes.
    static func measure(_ body: () throws -> Void) rethrows -> Duration {
        let begin = time
        try body()
        return time - begin
    }

    /// Returns freed memory to the system (malloc_trim(3)), which the module Glibc does not have.
    private static let trim = dlsym(nil, "malloc_trim").map {
        unsafeBitCast($0, to: (@convention(c) (Int) -> Int32).self)
    }

    /// Resident memory in bytes, without the file that LMDB maps (proc(5), `RssAnon`), and without freed memory.
    static var memory: Int {
        _ = trim?(0)
        guard let file = fopen("/proc/self/status", "r") else { return 0 }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 256)
        while fgets(&line, Int32(line.count), file) != nil {
            let text = String(decoding: line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
            guard text.hasPrefix("RssAnon:") else { continue }
            return text.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) }.map { $0 << 10 }
                ?? 0
        }
        return 0
    }
}

import Foundation

/// How much memory this process needs for something, at the moment when it needs most.
enum PeakMemory {
    /// Resident bytes above those before; nil where the system does not tell.
    ///
    /// Linux keeps the highest resident size and lets it be set back (proc(5), `clear_refs`). Memory that was used
    /// and freed before counts as resident when it is used again: ask early in the life of a process.
    static func above(_ body: () throws -> Void) rethrows -> Int? {
        guard let before = reset() else { return nil }
        try body()
        return highest.map { $0 - before }
    }

    private static func reset() -> Int? {
        guard let file = FileHandle(forWritingAtPath: "/proc/self/clear_refs") else { return nil }
        do {
            try file.write(contentsOf: Data("5".utf8))
            try file.close()
        } catch {
            return nil
        }
        return highest
    }

    private static var highest: Int? {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        return line?.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first.flatMap { Int($0) }.map {
            $0 << 10
        }
    }
}

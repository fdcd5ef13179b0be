import Dispatch
import Glibc
import Inspection

/// A line on standard error that shows the progress of long work.
///
/// Nothing is shown in the first second, or when standard error is not a terminal.
struct ProgressBar {
    private static let delay = Duration.seconds(1)
    private static let interval = Duration.milliseconds(100)
    private static let barWidth = 24

    private let label: String
    private let unit: String
    private let total: UInt64
    private let terminal: Terminal
    private let started = ContinuousClock.now
    private var next: ContinuousClock.Instant
    private var isShown = false

    /// - Parameter unit: the unit in the plural, such as `events`.
    init(_ label: String, total: UInt64, unit: String, terminal: Terminal = .standardError) {
        self.label = label
        self.total = total
        self.unit = unit
        self.terminal = terminal
        next = started + Self.delay
    }

    /// Shows `done` of the total; cheap enough to be called for each event.
    mutating func update(_ done: UInt64) {
        guard let width = terminal.width else { return }
        let now = ContinuousClock.now
        guard now >= next else { return }
        next = now + Self.interval
        isShown = true
        // The last column stays empty, because a terminal may wrap after it.
        terminal.write("\r" + line(done, after: now - started, width: width - 1) + "\u{1B}[K")
    }

    /// Removes the line.
    mutating func clear() {
        if isShown { terminal.write("\r\u{1B}[K") }
        isShown = false
    }

    /// `verifying  ███████████─────────────  46%  460,000 of 1,000,000 events  380,000/s  1.4 s left`
    func line(_ done: UInt64, after elapsed: Duration, width: Int) -> String {
        let share = total == 0 ? 1 : min(1, Double(done) / Double(total))
        let filled = Int(share * Double(Self.barWidth))
        let bar = String(repeating: "█", count: filled) + String(repeating: "─", count: Self.barWidth - filled)
        let seconds = elapsed / .seconds(1)
        let rate = seconds > 0 ? Double(done) / seconds : 0
        var line = "\(label)  \(bar)  \(Int(share * 100))%  \(Amount.grouped(done)) of \(Amount.grouped(total)) \(unit)"
        if rate > 0 {
            line +=
                "  \(Amount.rate(rate))/s  \(Amount.duration(seconds: Double(total - min(done, total)) / rate)) left"
        }
        return DisplayText.cut(line, to: width)
    }
}

/// Shows the size of a growing file, ten times a second on a thread of its own.
final class CopyProgress {
    private let timer: any DispatchSourceTimer
    private let queue = DispatchQueue(label: "progress")

    /// - Parameter total: the expected size of the file in bytes.
    init(_ label: String, file: String, total: Int) {
        let bar = ShownBar(ProgressBar(label, total: UInt64(total), unit: "bytes"))
        timer = DispatchSource.makeTimerSource(queue: queue)
        timer.schedule(deadline: .now() + 0.1, repeating: 0.1)
        timer.setEventHandler { bar.update(UInt64(Self.size(of: file))) }
        timer.setCancelHandler { bar.clear() }
        timer.activate()
    }

    /// Removes the line; a second call does nothing.
    func end() {
        timer.cancel()
        // Waits for handlers that are running.
        queue.sync {}
    }

    /// The size of a file in bytes; 0 when it does not exist.
    static func size(of path: String) -> Int {
        var status = stat()
        return stat(path, &status) == 0 ? Int(status.st_size) : 0
    }

    private final class ShownBar: @unchecked Sendable {  // used only on the timer's queue
        private var bar: ProgressBar

        init(_ bar: ProgressBar) { self.bar = bar }

        func update(_ done: UInt64) { bar.update(done) }
        func clear() { bar.clear() }
    }
}

import Dispatch
import Glibc

/// Shows how far a file that something else is writing has come, ten times a second on a thread of its own.
final class CopyProgress {
    private let timer: any DispatchSourceTimer
    private let queue = DispatchQueue(label: "progress")

    /// - Parameter total: how large the file will be at the most, in bytes.
    init(_ label: String, file: String, total: Int) {
        let bar = ShownBar(ProgressBar(label, total: UInt64(total), unit: "bytes"))
        timer = DispatchSource.makeTimerSource(queue: queue)
        timer.schedule(deadline: .now() + 0.1, repeating: 0.1)
        timer.setEventHandler { bar.update(UInt64(Self.size(of: file))) }
        timer.setCancelHandler { bar.clear() }
        timer.activate()
    }

    /// Takes it away; a second time does nothing.
    func end() {
        timer.cancel()
        // The handlers run there: after this none does.
        queue.sync {}
    }

    static func size(of path: String) -> Int {
        var status = stat()
        return stat(path, &status) == 0 ? Int(status.st_size) : 0
    }

    private final class ShownBar: @unchecked Sendable {  // belongs to the timer's queue
        private var bar: ProgressBar

        init(_ bar: ProgressBar) { self.bar = bar }

        func update(_ done: UInt64) { bar.update(done) }
        func clear() { bar.clear() }
    }
}

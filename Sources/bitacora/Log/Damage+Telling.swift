import EventLog
import Inspection

/// What a command says of damage: each record on standard error, and that something is missing by its status.
extension Damage {
    /// How many damaged events are reported one by one.
    static let toldOffsets = 20

    /// Told on standard error.
    static var told: Damage {
        Damage { offset, count in
            guard count <= toldOffsets else { return }
            Terminal.standardError.write("bitacora: the event at offset \(offset) is damaged and was skipped\n")
        }
    }

    /// Ends the command with status 1 when events were skipped; call it after everything else was printed.
    func check() throws(Failure) {
        guard count > 0 else { return }
        throw Failure(
            ExitStatus.refused,
            "\(Amount.counted(count, "damaged event")) \(count == 1 ? "was" : "were") skipped; run `bitacora log verify` to see what is wrong"
        )
    }
}

extension LogReader {
    /// Tells on standard error what is damaged, as every command does.
    init(_ log: EventLog, _ selection: EventSelection = EventSelection()) {
        self.init(log, selection, damage: .told)
    }
}

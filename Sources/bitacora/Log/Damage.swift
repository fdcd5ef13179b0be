import EventLog

/// The records that a command came across and that are none: told on standard error, and left out.
final class Damage {
    /// How many are told one by one.
    static let toldOffsets = 20

    private let isTold: Bool
    private(set) var count = 0

    /// - Parameter isTold: false for a look at what will be read again.
    init(isTold: Bool = true) { self.isTold = isTold }

    func add(_ offset: Offset) {
        count += 1
        guard isTold, count <= Self.toldOffsets else { return }
        Terminal.standardError.write("bitacora: the event at offset \(offset) is damaged and left out\n")
    }

    /// To be called when all that can be printed is: ends the command with status 1 when something was left out.
    func check() throws(Failure) {
        guard count > 0 else { return }
        throw Failure(
            ExitStatus.refused, "\(Amount.counted(count, "damaged event")) left out; `bitacora log verify` tells what is wrong with the log")
    }
}
